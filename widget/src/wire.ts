/**
 * The wire format of the web chat, and readers that turn what arrives into it.
 *
 * Readers never throw: a field that is missing or odd gets a harmless value, and a message that cannot be placed
 * (no sequence number, no text) is left out. A newer server must not break an older page.
 */

export type Level = "none" | "urgent" | "unassessed" | "emergency" | "crisis";
export type Sender = "patient" | "assistant" | "staff";

export interface Choice {
  readonly title: string;
  readonly payload: string;
}

export interface Message {
  /** Place in the conversation, from 1, without holes. */
  readonly seq: number;
  /** Made by the client for a patient's message, by the server otherwise. */
  readonly id: string;
  readonly from: Sender;
  readonly name: string | null;
  readonly text: string;
  /** Milliseconds since 1970, UTC. */
  readonly at: number;
  readonly level: Level;
  readonly buttons: readonly Choice[];
  readonly replyTo: number | null;
  readonly channel: "web" | "sms";
  /** False: a text that the phone did not get. */
  readonly delivered: boolean;
  /** Path of a picture on the chat's own server, or null. */
  readonly image: string | null;
}

export interface Clinic {
  readonly name: string;
  readonly phone: string;
  readonly afterHoursPhone: string;
  readonly crisisLine: string;
  readonly ambulance: string;
  readonly onShift: boolean | null;
}

export interface Session {
  readonly clinic: Clinic;
  readonly verified: boolean;
  readonly name: string | null;
  readonly lastSeq: number;
  /** Names the conversation without being its key; empty from a server that does not say. */
  readonly conversation: string;
}

export interface State {
  readonly typing: boolean;
  readonly owner: "assistant" | "staff";
  readonly ownerName: string | null;
  readonly onShift: boolean | null;
  readonly crisis: boolean;
}

type Fields = Record<string, unknown>;

const LEVELS: readonly string[] = ["none", "urgent", "unassessed", "emergency", "crisis"];

function fields(raw: unknown): Fields {
  return typeof raw === "object" && raw !== null ? (raw as Fields) : {};
}

function text(value: unknown, otherwise = ""): string {
  return typeof value === "string" ? value : otherwise;
}

function optional(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** Reads one message; null when it has no text. A missing `seq` becomes 0: a reply that the server could not store. */
export function readMessage(raw: unknown): Message | null {
  const from = fields(raw);
  if (typeof from["text"] !== "string") return null;
  const seq = Number.isSafeInteger(from["seq"]) ? (from["seq"] as number) : 0;
  const at = Date.parse(text(from["at"]));
  const sender = text(from["from"]);
  const level = text(from["level"], "none");
  const buttons = Array.isArray(from["buttons"]) ? from["buttons"].map(fields) : [];
  return {
    seq,
    id: text(from["id"]) || `seq-${seq}`,
    from: sender === "patient" || sender === "staff" ? sender : "assistant",
    name: optional(from["name"]),
    text: from["text"],
    at: Number.isNaN(at) ? Date.now() : at,
    level: (LEVELS.includes(level) ? level : "unassessed") as Level,
    buttons: buttons
      .filter((button) => optional(button["title"]) !== null)
      .map((button) => ({ title: text(button["title"]), payload: text(button["payload"]) })),
    replyTo: Number.isSafeInteger(from["reply_to"]) ? (from["reply_to"] as number) : null,
    channel: from["channel"] === "sms" ? "sms" : "web",
    delivered: from["delivered"] !== false,
    image: picture(fields(from["image"])["src"]),
  };
}

/** Only what the chat's own server draws: a picture from elsewhere would tell others who reads. */
function picture(src: unknown): string | null {
  return typeof src === "string" && /^\/chat\/[\w.?=&-]+$/.test(src) ? src : null;
}

/** Reads a list of messages and leaves out what cannot be placed. */
export function readMessages(raw: unknown): Message[] {
  const list = Array.isArray(raw) ? raw : [];
  return list.map(readMessage).filter((message): message is Message => message !== null && message.seq > 0);
}

/** Reads the answer of `POST /chat/session`; phone numbers that are missing are taken from `fallback`. */
export function readSession(raw: unknown, fallback: Clinic): Session {
  const from = fields(raw);
  const clinic = fields(from["clinic"]);
  return {
    clinic: {
      name: text(clinic["name"]) || fallback.name,
      phone: text(clinic["phone"]) || fallback.phone,
      afterHoursPhone: text(clinic["after_hours_phone"]) || fallback.afterHoursPhone,
      crisisLine: text(clinic["crisis_line"]) || fallback.crisisLine,
      ambulance: text(clinic["ambulance"]) || fallback.ambulance,
      onShift: typeof clinic["on_shift"] === "boolean" ? clinic["on_shift"] : null,
    },
    verified: from["verified"] === true,
    name: optional(from["name"]),
    lastSeq: Number.isSafeInteger(from["last_seq"]) ? (from["last_seq"] as number) : 0,
    conversation: text(from["conversation"]),
  };
}

/** Reads a `state` event. */
export function readState(raw: unknown): State {
  const from = fields(raw);
  return {
    typing: from["typing"] === true,
    owner: from["owner"] === "staff" ? "staff" : "assistant",
    ownerName: optional(from["owner_name"]),
    onShift: typeof from["on_shift"] === "boolean" ? from["on_shift"] : null,
    crisis: from["crisis"] === true,
  };
}

/** Whether the numbers to call belong in front of everything else. */
export function isGrave(level: Level): boolean {
  return level === "crisis" || level === "emergency";
}
