import { type Api, ServerError } from "./api";
import { History } from "./history";
import { type Entry, newId, type Outbox } from "./outbox";
import { Pictures } from "./pictures";
import { Presence } from "./presence";
import { type Around, pauseAfter, Sending } from "./sending";
import { EventStream } from "./stream";
import type { Proof } from "./proof";
import { strings } from "./strings";
import { type Clinic, isGrave, type Level, type Message, readMessage, readState, type Session, type State } from "./wire";

export type Connection = "idle" | "connecting" | "open" | "waiting" | "offline";

/** Characters (code points) of the longest message that the server takes. */
export const LONGEST = 5_000;

/** The page may not use the chat at all: nothing to do with who is writing. */
const OTHER_ORIGIN = "AC105";
/** A page that nobody looks at gives its line back after this: a browser has only six to one server (milliseconds). */
const HIDDEN_FOR = 60_000;
/** On coming back, a grave message of the last hours still has the phone numbers in front (milliseconds). */
const GRAVE_LASTS = 12 * 3600_000;

/**
 * One conversation as a page sees it: session, messages, what is unsent, and the line to the server. No DOM.
 *
 * Every change is told by `changed`; a message that arrived live by `arrived`.
 */
export class Conversation {
  connection: Connection = "idle";
  verified = false;
  /** Something to tell once, which is no message: that an invite link does not work any more. */
  notice = "";
  #history: History;
  #presence: Presence;
  #pictures: Pictures;
  #stream: EventStream;
  #sending: Sending;
  #proof: Proof | null = null;
  #started = false;
  /** The browser has said that there is no network. */
  #unplugged = false;
  /** The session ran out: what is unsent goes along into the new one. Otherwise a new conversation is somebody else's. */
  #carry = false;
  #key: string | null = null;
  #establishing: Promise<void> | null = null;
  #tries = 0;
  #timers: Partial<Record<"establish" | "hidden", ReturnType<typeof setTimeout>>> = {};

  constructor(
    private readonly api: Api,
    readonly outbox: Outbox,
    public clinic: Clinic,
    private readonly changed: () => void,
    private readonly arrived: (message: Message) => void,
    private readonly now: () => number = Date.now,
  ) {
    this.#history = new History(api, (message) => this.#take(message), changed);
    this.#presence = new Presence(changed);
    this.#pictures = new Pictures(api, changed);
    this.#sending = new Sending(api, outbox, this.#around());
    this.#stream = new EventStream(
      {
        after: () => this.#history.settled,
        open: (after, signal) => this.api.events(after, signal),
        event: (name, data) => this.#event(name, data),
        opened: () => this.#opened(),
        alive: () => this.connection !== "open" && this.#set("open"),
        lost: (status) => this.#lost(status),
      },
      now,
    );
  }

  #around(): Around {
    return {
      started: () => this.#started,
      bound: () => this.#key !== null,
      stored: (id) => this.#history.has(id),
      take: (message) => this.#take(message),
      replied: (reply) => {
        if (isGrave(reply.level)) this.#presence.bringForward(reply.level);
        this.arrived(reply);
      },
      renew: (status) => this.#renew(status),
      changed: () => this.changed(),
    };
  }

  get messages(): readonly Message[] {
    return this.#history.list();
  }

  /** There are earlier messages. */
  get more(): boolean {
    return this.#history.more;
  }

  get loaded(): boolean {
    return this.#history.loaded;
  }

  get loadingOlder(): boolean {
    return this.#history.loadingOlder;
  }

  get olderFailed(): boolean {
    return this.#history.olderFailed;
  }

  get typing(): boolean {
    return this.#presence.typing;
  }

  get owner(): State["owner"] {
    return this.#presence.owner;
  }

  get onShift(): boolean | null {
    return this.#presence.onShift;
  }

  /** The phone numbers are in front, because of a message of this level. */
  get front(): Level | null {
    return this.#presence.front;
  }

  get unsent(): readonly Entry[] {
    return this.outbox.entries;
  }

  /** The reply to this entry that is not stored yet, if any. */
  provisional(id: string): Message | null {
    return this.#sending.provisional(id);
  }

  /** Address of a message's picture, or null. */
  picture(message: Message): string | null {
    return this.#pictures.address(message.image);
  }

  /** Who writes with the patient now. */
  get ownerName(): string {
    if (this.owner !== "staff") return strings.assistant;
    const last = [...this.messages].reverse().find((message) => message.from === "staff");
    return this.#presence.ownerName ?? last?.name ?? strings.staff;
  }

  /** Names the conversation, for what is kept on the device; null until the server has answered. */
  get key(): string | null {
    return this.#key;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#connect();
  }

  /** Who is writing, to be told to the server when the session is made, or at once where there is one. */
  prove(proof: Proof): void {
    this.#proof = proof;
    if (this.#started) this.#connect();
  }

  /** Ends every request and timer. */
  stop(): void {
    this.#started = false;
    this.#stream.stop();
    this.#sending.stop();
    this.#history.stop();
    this.#presence.stop();
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
  }

  /** The network is back, or the page is shown again: try everything now. `trust`: see EventStream.wake. */
  wake(trust?: number): void {
    this.#unplugged = false;
    if (!this.#started) return;
    clearTimeout(this.#timers.hidden);
    if (this.#timers.establish !== undefined || !this.#stream.running) this.#connect();
    else this.#stream.wake(trust);
    void this.#sending.flush();
  }

  /** The page is hidden: keep the line for a while, then give it back. `wake` takes it up again. */
  rest(): void {
    clearTimeout(this.#timers.hidden);
    this.#timers.hidden = setTimeout(() => this.#stream.stop(), HIDDEN_FOR);
  }

  /** The browser says that there is no network. */
  offline(): void {
    this.#unplugged = true;
    if (!this.#started) return;
    this.#presence.show(false);
    this.#set("offline");
  }

  /** Takes what the person wrote (1 to LONGEST characters) and sends it as soon as it can be. */
  write(text: string, choice?: string): void {
    const at = this.now();
    this.outbox.put({ id: newId(), text, at, status: "waiting", ...(choice !== undefined && { choice }) });
    this.changed();
    if (this.#timers.establish !== undefined) this.#connect();
    void this.#sending.flush();
  }

  /** Sends a refused message again, under its own id. */
  again(id: string): void {
    const entry = this.outbox.entries.find((other) => other.id === id);
    if (!entry) return;
    const { problem: _, ...rest } = entry;
    this.outbox.put({ ...rest, status: "waiting" });
    this.changed();
    void this.#sending.flush();
  }

  remove(id: string): void {
    this.outbox.remove(id);
    this.#sending.forget(id);
    this.changed();
  }

  calm(): void {
    this.#presence.front = null;
    this.changed();
  }

  /** Fetches the page of history before the oldest message that is shown. */
  older(): Promise<void> {
    return this.#history.older();
  }

  #set(connection: Connection): void {
    this.connection = connection;
    this.changed();
  }

  #connect(): void {
    void this.#establish()
      .then(() => {
        this.#stream.start();
        return this.#sending.flush();
      })
      .catch((error: unknown) => {
        // #establish tries again by itself. A server that cannot look up the session may still keep what is written.
        if (error instanceof ServerError && error.status >= 500) void this.#sending.flush(true);
      });
  }

  /** Session and newest history. One at a time; a failure schedules the next try. */
  #establish(): Promise<void> {
    this.#establishing ??= this.#session().finally(() => (this.#establishing = null));
    return this.#establishing;
  }

  async #session(): Promise<void> {
    clearTimeout(this.#timers.establish);
    this.#timers.establish = undefined;
    if (this.connection !== "open") this.#set(this.connection === "idle" ? "connecting" : this.connection);
    try {
      const session = await this.#begin();
      this.clinic = session.clinic;
      this.verified = session.verified;
      this.#presence.onShift = session.clinic.onShift;
      this.api.conversation = session.conversation;
      const key = session.conversation || `of ${session.name ?? ""}`;
      if (key !== this.#key) {
        // Another conversation: nothing of the last one may stay on the screen.
        if (this.#key !== null) this.#forget();
        this.#key = key;
        this.outbox.bind(key, this.#carry ? null : strings.otherConversation);
      }
      this.#carry = false;
      if (!this.loaded) await this.#newest();
    } catch (error) {
      const wait = error instanceof ServerError ? error.retryAfter : null;
      this.#timers.establish = setTimeout(() => this.#connect(), pauseAfter(this.#tries, wait));
      this.#tries += 1;
      this.#set(this.#unplugged ? "offline" : "waiting");
      if (error instanceof ServerError && error.status === 429) await this.#knock();
      throw error;
    }
    this.#tries = 0;
  }

  /** The session. A proof that is refused leaves the chat open: it just does not know who is writing. */
  async #begin(): Promise<Session> {
    const proof = this.#proof;
    try {
      const session = await this.api.session(this.clinic, proof);
      this.#settle(proof);
      return session;
    } catch (error) {
      const refused = proof !== null && error instanceof ServerError && error.status === 403 && error.code !== OTHER_ORIGIN;
      if (!refused) throw error;
      this.#settle(proof);
      if (proof.kind === "invite") this.notice = error.message;
      return this.api.session(this.clinic);
    }
  }

  #settle(proof: Proof | null): void {
    proof?.settled();
    if (this.#proof === proof) this.#proof = null;
  }

  /** Too many chats were opened from here, and there is none yet. What was written is sent all the same: in a crisis it is let in. */
  async #knock(): Promise<void> {
    if (this.#key !== null) return;
    if (!(await this.#sending.knock())) return;
    clearTimeout(this.#timers.establish);
    this.#timers.establish = setTimeout(() => this.#connect());
  }

  async #newest(): Promise<void> {
    for (const message of await this.#history.newest()) {
      this.outbox.remove(message.id);
      if (isGrave(message.level) && this.now() - message.at < GRAVE_LASTS) this.#presence.bringForward(message.level, true);
    }
    this.changed();
  }

  #forget(): void {
    this.#stream.stop();
    this.#history.clear();
    this.#pictures.clear();
    this.#sending.forget();
    this.#presence.forget();
  }

  #opened(): void {
    this.#set("open");
    this.#sending.repeatKept();
    void this.#sending.flush();
  }

  #lost(status: number | null): boolean {
    this.#presence.show(false);
    this.#set(this.#unplugged ? "offline" : "waiting");
    if (status !== 401 && status !== 409) return true;
    void this.#renew(status).catch(() => undefined); // #establish tries again by itself.
    return false;
  }

  /** The session ended (401), or the cookie now belongs to another conversation (409). */
  async #renew(status: number): Promise<void> {
    this.#stream.stop();
    this.#carry = status === 401;
    await this.#establish();
    this.#stream.start();
  }

  #event(name: string, data: string): void {
    let raw: unknown;
    try {
      raw = JSON.parse(data);
    } catch {
      return;
    }
    if (name === "message") {
      const message = readMessage(raw);
      if (message) this.#take(message);
    } else if (name === "state") {
      this.#presence.take(readState(raw));
    }
    this.changed();
  }

  /** A message that is stored, by whichever way it came. */
  #take(message: Message): void {
    this.outbox.remove(message.id);
    const isNew = this.#history.add(message);
    if (!isNew) return;
    if (message.from !== "patient") {
      this.#presence.show(false);
      this.#sending.replace(message, this.messages.find((other) => other.seq === message.replyTo)?.id);
    }
    if (isGrave(message.level)) this.#presence.bringForward(message.level);
    this.#history.watchGap();
    this.arrived(message);
  }
}
