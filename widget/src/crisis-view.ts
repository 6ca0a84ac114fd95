import { html, nothing, type TemplateResult } from "lit";
import { dial } from "./phones";
import { strings } from "./strings";
import type { Clinic, Level } from "./wire";

interface Line {
  readonly href: string;
  /** Said before `short` where it is not shown. */
  readonly verb: string;
  /** In the bar. */
  readonly short: string;
  /** In front. */
  readonly long: string;
  readonly about: string;
  readonly second: boolean;
}

/** The numbers to call: a bar that is always there, or large and in front because of a message of level `front`. */
export function crisisNumbers(clinic: Clinic, onShift: boolean | null, front: Level | null, calm: () => void): TemplateResult {
  const list = lines(clinic, onShift, front);
  if (front === null) {
    const short = list.filter((line) => line.href.startsWith("tel:"));
    return html`<section class="crisis bar" aria-label=${strings.crisisRegion}>
      <h3>${strings.crisisBar}</h3>
      <ul class=${short.length < 3 ? "two" : nothing}>
        ${short.map(
          (line) => html`<li>
            <a href=${line.href}><span class="unseen">${line.verb} </span><b>${line.short}</b> <span>${line.about}</span></a>
          </li>`,
        )}
      </ul>
    </section>`;
  }
  return html`<section class="crisis front" aria-label=${strings.crisisRegion}>
    <div class="head">
      <h3>${strings.crisisTitle}</h3>
      <button class="less" type="button" @click=${calm}>${strings.crisisLess}</button>
    </div>
    <p>${strings.crisisText(clinic.ambulance, clinic.crisisLine)}</p>
    <ul>
      ${list.map(
        (line) => html`<li>
          <a class=${line.second ? "second" : nothing} href=${line.href}><b>${line.long}</b> <span>${line.about}</span></a>
        </li>`,
      )}
    </ul>
  </section>`;
}

function lines(clinic: Clinic, onShift: boolean | null, front: Level | null): Line[] {
  const { call, text } = strings;
  const number = (verb: string, scheme: string, short: string, about: string, second: boolean): Line => ({
    href: scheme + dial(short),
    verb,
    short,
    long: `${verb} ${short}`,
    about,
    second,
  });
  const crisis = [number(call, "tel:", clinic.crisisLine, strings.line, false)];
  // The line that answers texts at the same number is the American one.
  if (clinic.crisisLine === "988") crisis.push(number(text, "sms:", "988", strings.lineText, true));
  const ambulance = number(call, "tel:", clinic.ambulance, strings.ambulance, false);
  const list = front === "emergency" ? [ambulance, ...crisis] : [...crisis, ambulance];

  const closed = onShift === false && clinic.afterHoursPhone !== "" && clinic.afterHoursPhone !== clinic.phone;
  const phone = closed ? clinic.afterHoursPhone : clinic.phone;
  if (phone === "") return list;
  const short = closed ? strings.clinicAfterHours : strings.clinic;
  const long = closed ? strings.callAfterHours : strings.callClinic;
  return [...list, { href: `tel:${dial(phone)}`, verb: call, short, long, about: phone, second: true }];
}
