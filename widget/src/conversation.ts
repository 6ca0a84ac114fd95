import { type Api, ServerError } from "./api";
import { type Entry, newId, type Outbox } from "./outbox";
import { Pictures } from "./pictures";
import { type Around, pauseAfter, Sending } from "./sending";
import { EventStream } from "./stream";
import type { Proof } from "./proof";
import { strings } from "./strings";
import { Timeline } from "./timeline";
import { type Clinic, isGrave, type Level, type Message, readMessage, readState, type Session, type State } from "./wire";

export type Connection = "idle" | "connecting" | "open" | "waiting" | "offline";

/** Characters (code points) of the longest message that the server takes. */
export const LONGEST = 5_000;

const PAGE = 50;
/** The page may not use the chat at all: nothing to do with who is writing. */
const OTHER_ORIGIN = "AC105";
/** A hole in the sequence may just be a message that is on its way: ask the history after this (milliseconds). */
const GAP_PATIENCE = 1_500;
const TYPING_LASTS = 60_000;
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
  more = false;
  loaded = false;
  loadingOlder = false;
  olderFailed = false;
  typing = false;
  owner: State["owner"] = "assistant";
  onShift: boolean | null = null;
  /** Something to tell once, which is no message: that an invite link does not work any more. */
  notice = "";
  /** The phone numbers are in front, because of a message of this level. */
  front: Level | null = null;

  #timeline = new Timeline();
  #pictures: Pictures;
  #stream: EventStream;
  #sending: Sending;
  #ownerName: string | null = null;
  #proof: Proof | null = null;
  #crisis = false;
  #started = false;
  /** The browser has said that there is no network. */
  #unplugged = false;
  /** The phone numbers are in front because of the history: the first state from the server decides whether they stay. */
  #recalled = false;
  /** The session ran out: what is unsent goes along into the new one. Otherwise a new conversation is somebody else's. */
  #carry = false;
  #key: string | null = null;
  #establishing: Promise<void> | null = null;
  #tries = 0;
  #timers: Partial<Record<"establish" | "gap" | "typing" | "hidden", ReturnType<typeof setTimeout>>> = {};

  constructor(
    private readonly api: Api,
    readonly outbox: Outbox,
    public clinic: Clinic,
    private readonly changed: () => void,
    private readonly arrived: (message: Message) => void,
    private readonly now: () => number = Date.now,
  ) {
    this.#pictures = new Pictures(api, changed);
    this.#sending = new Sending(api, outbox, this.#around());
    this.#stream = new EventStream(
      {
        after: () => this.#timeline.settled,
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
      stored: (id) => this.#timeline.has(id),
      take: (message) => this.#take(message),
      replied: (reply) => {
        if (isGrave(reply.level)) this.#bringForward(reply.level);
        this.arrived(reply);
      },
      renew: (status) => this.#renew(status),
      changed: () => this.changed(),
    };
  }

  get messages(): readonly Message[] {
    return this.#timeline.list();
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
    return this.#ownerName ?? last?.name ?? strings.staff;
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
    this.typing = false;
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
    this.front = null;
    this.changed();
  }

  /** Fetches the page of history before the oldest message that is shown. */
  async older(): Promise<void> {
    const before = this.#timeline.floor;
    if (this.loadingOlder || before === null) return;
    this.loadingOlder = true;
    this.olderFailed = false;
    this.changed();
    try {
      const page = await this.api.history(PAGE, before);
      for (const message of page.messages) this.#timeline.add(message);
      this.more = page.more;
    } catch {
      this.olderFailed = true;
    }
    this.loadingOlder = false;
    this.changed();
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
      this.onShift = session.clinic.onShift;
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
    const page = await this.api.history(PAGE);
    for (const message of page.messages) {
      this.#timeline.add(message);
      this.outbox.remove(message.id);
      if (isGrave(message.level) && this.now() - message.at < GRAVE_LASTS) {
        this.#bringForward(message.level);
        this.#recalled = true;
      }
    }
    this.#watchGap();
    this.more = page.more;
    this.loaded = true;
    this.changed();
  }

  #forget(): void {
    this.#stream.stop();
    this.#timeline.clear();
    this.#pictures.clear();
    this.#sending.forget();
    this.loaded = this.more = this.typing = this.#crisis = false;
    this.owner = "assistant";
    this.front = this.#ownerName = null;
  }

  #opened(): void {
    this.#set("open");
    this.#sending.repeatKept();
    void this.#sending.flush();
  }

  #lost(status: number | null): boolean {
    this.typing = false;
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
      this.#state(readState(raw));
    }
    this.changed();
  }

  #state(state: State): void {
    this.owner = state.owner;
    this.#ownerName = state.ownerName;
    this.onShift = state.onShift ?? this.onShift;
    this.#showTyping(state.typing);
    if (state.crisis && !this.#crisis) this.#bringForward("crisis");
    if (!state.crisis && (this.#crisis || this.#recalled) && this.front === "crisis") this.front = null;
    this.#recalled = false;
    this.#crisis = state.crisis;
  }

  #showTyping(typing: boolean): void {
    clearTimeout(this.#timers.typing);
    this.typing = typing;
    if (!typing) return;
    this.#timers.typing = setTimeout(() => {
      this.typing = false;
      this.changed();
    }, TYPING_LASTS);
  }

  #bringForward(level: Level): void {
    // A crisis stays a crisis when an emergency joins it.
    if (this.front !== "crisis") this.front = level;
  }

  /** A message that is stored, by whichever way it came. */
  #take(message: Message): void {
    this.outbox.remove(message.id);
    const isNew = this.#timeline.add(message);
    if (!isNew) return;
    if (message.from !== "patient") {
      this.#showTyping(false);
      this.#sending.replace(message, this.messages.find((other) => other.seq === message.replyTo)?.id);
    }
    if (isGrave(message.level)) {
      this.#bringForward(message.level);
      this.#recalled = false;
    }
    this.#watchGap();
    this.arrived(message);
  }

  #watchGap(patience = GAP_PATIENCE): void {
    if (this.#timeline.gap() === null || this.#timers.gap !== undefined) return;
    this.#timers.gap = setTimeout(() => void this.#fillGap(), patience);
  }

  async #fillGap(): Promise<void> {
    let patience = GAP_PATIENCE;
    try {
      const gap = this.#timeline.gap();
      let before = gap === null ? 0 : gap.to + 1;
      while (gap !== null && before > gap.from) {
        const page = await this.api.history(PAGE, before);
        for (const message of page.messages) if (message.seq >= gap.from) this.#take(message);
        const lowest = page.messages[0]?.seq;
        if (lowest === undefined || !page.more || lowest >= before) break;
        before = lowest;
      }
      if (gap !== null) this.#timeline.giveUp(gap);
    } catch {
      // A stream that resumes asks for what is missing as well, so there is no hurry.
      patience = 10 * GAP_PATIENCE;
    }
    this.#timers.gap = undefined;
    this.#watchGap(patience);
    this.changed();
  }
}
