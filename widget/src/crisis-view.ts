import { html, nothing, type TemplateResult } from "lit";
import { dial } from "./phones";
import { strings } from "./strings";
import type { Clinic, Level } from "./wire";

interface Line {
  readonly href: string;
  readonly verb: string;
  readonly number: string;
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
      <ul class=${short.length < 3 ? "two" : ""}>
        ${short.map(
          (line) => html`<li>
            <a href=${line.href}><span class="unseen">${line.verb} </span><b>${line.number}</b> <span>${line.about}</span></a>
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
          <a class=${line.second ? "second" : nothing} href=${line.href}><b>${line.verb} ${line.number}</b> <span>${line.about}</span></a>
        </li>`,
      )}
    </ul>
  </section>`;
}

function lines(clinic: Clinic, onShift: boolean | null, front: Level | null): Line[] {
  const call = (number: string, about: string, second = false): Line => ({
    href: `tel:${dial(number)}`,
    verb: strings.call,
    number,
    about,
    second,
  });
  const crisis = [call(clinic.crisisLine, strings.line)];
  // The line that answers texts at the same number is the American one.
  if (clinic.crisisLine === "988") {
    crisis.push({ href: "sms:988", verb: strings.text, number: "988", about: strings.lineText, second: true });
  }
  const ambulance = call(clinic.ambulance, strings.ambulance);
  const afterHours = onShift === false && clinic.afterHoursPhone !== "" && clinic.afterHoursPhone !== clinic.phone;
  const number = afterHours ? clinic.afterHoursPhone : clinic.phone;
  const home = number === "" ? [] : [call(number, afterHours ? strings.clinicAfterHours : strings.clinic, true)];
  return front === "emergency" ? [ambulance, ...crisis, ...home] : [...crisis, ambulance, ...home];
}
