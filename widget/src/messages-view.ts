import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Conversation } from "./conversation";
import { icons } from "./icons";
import type { Entry } from "./outbox";
import { phonePieces } from "./phones";
import { strings } from "./strings";
import { type Choice, isGrave, type Message } from "./wire";

export interface MessageActions {
  choose(choice: Choice): void;
  again(id: string): void;
  remove(id: string): void;
}

type Row =
  | { readonly kind: "day"; readonly key: string; readonly label: string }
  | { readonly kind: "message"; readonly key: string; readonly message: Message; readonly first: boolean; readonly fate: string | null }
  | { readonly kind: "unsent"; readonly key: string; readonly entry: Entry; readonly first: boolean };

/** The list of messages, oldest first, with the days, what is unsent, and the suggested answers under the newest question. */
export function messageList(conversation: Conversation, actions: MessageActions): TemplateResult {
  const open = openChoices(conversation);
  return html`<ol>
    ${repeat(
      rows(conversation),
      (row) => row.key,
      (row) => {
        if (row.kind === "day") return html`<li class="day">${row.label}</li>`;
        if (row.kind === "unsent") return unsentItem(row.entry, row.first, conversation, actions);
        return messageItem(row.message, row.first, row.fate, conversation, row.message === open ? actions : null);
      },
    )}
  </ol>`;
}

function rows(conversation: Conversation): Row[] {
  const list: Row[] = [];
  const { messages, unsent } = conversation;
  const lastOwn = unsent.length > 0 ? undefined : [...messages].reverse().find((message) => message.from === "patient");
  let day = "";
  let sender = "";
  for (const message of messages) {
    const today = dayLabel(message.at);
    if (today !== day) list.push({ kind: "day", key: `day-${(day = today)}`, label: today });
    const who = `${day} ${message.from} ${message.name ?? ""} ${message.channel} ${message.delivered}`;
    const fate = message === lastOwn ? strings.sent : null;
    list.push({ kind: "message", key: message.id, message, first: who !== sender, fate });
    sender = who;
  }
  for (const entry of unsent) {
    const first = !sender.includes("patient");
    list.push({ kind: "unsent", key: entry.id, entry, first });
    const reply = conversation.provisional(entry.id);
    sender = reply ? "assistant" : "patient";
    if (reply) list.push({ kind: "message", key: `provisional-${entry.id}`, message: reply, first: true, fate: null });
  }
  // A reply to a message that has arrived since, while its stored twin is still on the way.
  for (const message of messages) {
    const reply = message.from === "patient" ? conversation.provisional(message.id) : null;
    if (reply) list.push({ kind: "message", key: `provisional-${message.id}`, message: reply, first: true, fate: null });
  }
  return list;
}

/** The newest message with suggested answers, as long as nobody has answered it. */
function openChoices(conversation: Conversation): Message | null {
  if (conversation.unsent.some((entry) => entry.status !== "refused")) return null;
  for (const message of [...conversation.messages].reverse()) {
    if (message.from === "patient") return null;
    if (message.buttons.length > 0) return message;
  }
  return null;
}

function messageItem(
  message: Message,
  first: boolean,
  fate: string | null,
  conversation: Conversation,
  open: MessageActions | null,
): TemplateResult {
  const grave = message.from !== "patient" && isGrave(message.level);
  return html`<li class="item ${message.from} ${first ? "first" : ""} ${grave ? "grave" : ""}">
    ${who(message, first)}
    <div class="bubble">${grave ? html`<span class="mark">${icons.important}${strings.important}</span>` : nothing}${words(message, conversation)}${pictureOf(conversation.picture(message))}</div>
    ${fate === null ? nothing : html`<p class="fate">${fate}</p>`}
    ${open === null
      ? nothing
      : html`<ul class="choices row" aria-label=${strings.choices}>
          ${message.buttons.map(
            (choice) => html`<li><button class="plain" type="button" @click=${() => open.choose(choice)}>${choice.title}</button></li>`,
          )}
        </ul>`}
  </li>`;
}

function who(message: Message, first: boolean): TemplateResult {
  const time = html`<time datetime=${new Date(message.at).toISOString()}>${clock(message.at)}</time>`;
  const sms = message.channel === "sms" ? html`<span>${message.delivered ? strings.bySms : strings.smsFailed}</span>` : nothing;
  if (message.from === "patient") {
    return html`<p class=${first ? "who" : "unseen"}><b>${strings.you}</b> ${sms} ${time}</p>`;
  }
  if (message.from === "staff") {
    const badge = message.name === null ? nothing : html`<span class="badge">${strings.staff}</span>`;
    return html`<p class=${first ? "who" : "unseen"}>${icons.person}<b>${message.name ?? strings.staff}</b> ${badge} ${sms} ${time}</p>`;
  }
  return html`<p class=${first ? "who" : "unseen"}><b>${strings.assistant}</b> <span>(${strings.automated})</span> ${sms} ${time}</p>`;
}

function words(message: Message, conversation: Conversation): Array<TemplateResult | string> | string {
  if (message.from === "patient") return message.text;
  const { phone, afterHoursPhone, crisisLine, ambulance } = conversation.clinic;
  return phonePieces(message.text, [phone, afterHoursPhone, crisisLine, ambulance]).map((piece) =>
    piece.href === null ? piece.text : html`<a href=${piece.href}>${piece.text}</a>`,
  );
}

function pictureOf(src: string | null): TemplateResult | typeof nothing {
  if (src === null) return nothing;
  return html`<img class="picture" src=${src} alt=${strings.picture} width="340" height="202" />`;
}

function unsentItem(entry: Entry, first: boolean, conversation: Conversation, actions: MessageActions): TemplateResult {
  return html`<li class="item patient unsent ${first ? "first" : ""}">
    <p class=${first ? "who" : "unseen"}><b>${strings.you}</b></p>
    <div class="bubble">${entry.text}</div>
    ${entry.status === "refused"
      ? html`<p class="fate bad">${strings.refused} ${entry.problem}</p>
          <div class="row">
            <button class="plain" type="button" @click=${() => actions.again(entry.id)}>${strings.again}</button>
            <button class="plain" type="button" @click=${() => actions.remove(entry.id)}>${strings.remove}</button>
          </div>`
      : html`<p class="fate ${stuck(entry, conversation) ? "bad" : ""}">${fateOf(entry, conversation)}</p>`}
  </li>`;
}

/** On its way for long enough that the person should know (milliseconds). */
const LATE = 8_000;

function stuck(entry: Entry, conversation: Conversation): boolean {
  return entry.status === "kept" || conversation.connection !== "open" || entry.problem !== undefined || Date.now() - entry.at > LATE;
}

function fateOf(entry: Entry, conversation: Conversation): string {
  if (!stuck(entry, conversation)) return strings.sending;
  return `${entry.status === "kept" ? strings.kept : (entry.problem ?? strings.unsent)} ${strings.cannotWait}`;
}

const LOCALE = "en-US";

function clock(at: number): string {
  return new Date(at).toLocaleTimeString(LOCALE, { hour: "numeric", minute: "2-digit" });
}

function dayLabel(at: number): string {
  const day = new Date(at);
  const today = new Date();
  if (day.toDateString() === today.toDateString()) return strings.today;
  today.setDate(today.getDate() - 1);
  if (day.toDateString() === today.toDateString()) return strings.yesterday;
  return day.toLocaleDateString(LOCALE, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}
