import { type Api, ServerError } from "./api";
import { Opening } from "./opening";
import { newId, type Outbox } from "./outbox";
import { Shown } from "./shown";
import { EventStream } from "./stream";
import type { Proof } from "./proof";
import { strings } from "./strings";
import { type Clinic, isGrave, type Message, readMessage, readState, type Session } from "./wire";

export type Connection = "idle" | "connecting" | "open" | "waiting" | "offline";

/** Characters (code points) of the longest message that the server takes. */
export const LONGEST = 5_000;

/** A page that nobody looks at gives its line back after this: a browser has only six to one server (milliseconds). */
const HIDDEN_FOR = 60_000;
/** On coming back, a grave message of the last hours still has the phone numbers in front (milliseconds). */
const GRAVE_LASTS = 12 * 3600_000;

/**
 * One conversation as a page sees it: session, messages, what is unsent, and the line to the server. No DOM.
 *
 * Every change is told by `changed`; a message that arrived live by `arrived`.
 */
export class Conversation extends Shown {
  connection: Connection = "idle";
  verified = false;
  #opening: Opening;
  #stream: EventStream;
  #started = false;
  /** The browser has said that there is no network. */
  #unplugged = false;
  /** The session ran out: what is unsent goes along into the new one. Otherwise a new conversation is somebody else's. */
  #carry = false;
  #key: string | null = null;
  #hidden: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    outbox: Outbox,
    public clinic: Clinic,
    private readonly changed: () => void,
    private readonly arrived: (message: Message) => void,
    private readonly now: () => number = Date.now,
  ) {
    const take = (message: Message): void => this.#take(message);
    super(api, outbox, changed, take, {
      started: () => this.#started,
      bound: () => this.#key !== null,
      stored: (id) => this.history.has(id),
      take,
      replied: (reply) => {
        if (isGrave(reply.level)) this.presence.bringForward(reply.level);
        arrived(reply);
      },
      renew: (status) => this.#renew(status),
      changed,
    });
    this.#opening = new Opening(api, {
      clinic: () => this.clinic,
      begins: () => this.connection !== "open" && this.#set(this.connection === "idle" ? "connecting" : this.connection),
      opened: (session) => this.#bind(session),
      failed: (error) => this.#failed(error),
      again: () => this.#connect(),
    });
    this.#stream = new EventStream(
      {
        after: () => this.history.settled,
        open: (after, signal) => this.api.events(after, signal),
        event: (name, data) => this.#event(name, data),
        opened: () => this.#opened(),
        alive: () => this.connection !== "open" && this.#set("open"),
        lost: (status) => this.#lost(status),
      },
      now,
    );
  }

  /** Something to tell once, which is no message: that an invite link does not work any more. */
  get notice(): string {
    return this.#opening.notice;
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
    this.#opening.prove(proof);
    if (this.#started) this.#connect();
  }

  /** Ends every request and timer. */
  stop(): void {
    this.#started = false;
    this.#stream.stop();
    this.sending.stop();
    this.history.stop();
    this.presence.stop();
    this.#opening.stop();
    clearTimeout(this.#hidden);
  }

  /** The network is back, or the page is shown again: try everything now. `trust`: see EventStream.wake. */
  wake(trust?: number): void {
    this.#unplugged = false;
    if (!this.#started) return;
    clearTimeout(this.#hidden);
    if (this.#opening.waiting || !this.#stream.running) this.#connect();
    else this.#stream.wake(trust);
    void this.sending.flush();
  }

  /** The page is hidden: keep the line for a while, then give it back. `wake` takes it up again. */
  rest(): void {
    clearTimeout(this.#hidden);
    this.#hidden = setTimeout(() => this.#stream.stop(), HIDDEN_FOR);
  }

  /** The browser says that there is no network. */
  offline(): void {
    this.#unplugged = true;
    if (!this.#started) return;
    this.presence.show(false);
    this.#set("offline");
  }

  /** Takes what the person wrote (1 to LONGEST characters) and sends it as soon as it can be. */
  write(text: string, choice?: string): void {
    const at = this.now();
    this.outbox.put({ id: newId(), text, at, status: "waiting", ...(choice !== undefined && { choice }) });
    this.changed();
    if (this.#opening.waiting) this.#connect();
    void this.sending.flush();
  }

  /** Sends a refused message again, under its own id. */
  again(id: string): void {
    const entry = this.outbox.entries.find((other) => other.id === id);
    if (!entry) return;
    const { problem: _, ...rest } = entry;
    this.outbox.put({ ...rest, status: "waiting" });
    this.changed();
    void this.sending.flush();
  }

  remove(id: string): void {
    this.outbox.remove(id);
    this.sending.forget(id);
    this.changed();
  }

  calm(): void {
    this.presence.front = null;
    this.changed();
  }

  /** Fetches the page of history before the oldest message that is shown. */
  older(): Promise<void> {
    return this.history.older();
  }

  #set(connection: Connection): void {
    this.connection = connection;
    this.changed();
  }

  #connect(): void {
    void this.#opening
      .try()
      .then(() => {
        this.#stream.start();
        return this.sending.flush();
      })
      .catch((error: unknown) => {
        // It is tried again by itself. A server that cannot look up the session may still keep what is written.
        if (error instanceof ServerError && error.status >= 500) void this.sending.flush(true);
      });
  }

  /** The session is there: what is shown and sent from now on is its conversation's. */
  async #bind(session: Session): Promise<void> {
    this.clinic = session.clinic;
    this.verified = session.verified;
    this.presence.onShift = session.clinic.onShift;
    this.api.conversation = session.conversation;
    const key = session.conversation || `of ${session.name ?? ""}`;
    if (key !== this.#key) {
      // Another conversation: nothing of the last one may stay on the screen, unless the same person goes on in it.
      const front = this.#carry ? this.front : null;
      if (this.#key !== null) this.forget();
      if (front !== null) this.presence.bringForward(front, true);
      this.#key = key;
      this.outbox.bind(key, this.#carry ? null : strings.otherConversation);
    }
    this.#carry = false;
    if (!this.loaded) await this.#newest();
  }

  async #failed(error: unknown): Promise<void> {
    this.#set(this.#unplugged ? "offline" : "waiting");
    // Too many chats were opened from here, and there is none yet. What was written is sent all the same: in a crisis it
    // is let in.
    const tooMany = error instanceof ServerError && error.status === 429;
    if (tooMany && this.#key === null && (await this.sending.knock())) this.#opening.soon();
  }

  async #newest(): Promise<void> {
    for (const message of await this.history.newest()) {
      this.outbox.remove(message.id);
      if (isGrave(message.level) && this.now() - message.at < GRAVE_LASTS) this.presence.bringForward(message.level, true);
    }
    this.changed();
  }

  protected override forget(): void {
    this.#stream.stop();
    super.forget();
  }

  #opened(): void {
    this.#set("open");
    this.sending.repeatKept();
    void this.sending.flush();
  }

  #lost(status: number | null): boolean {
    this.presence.show(false);
    this.#set(this.#unplugged ? "offline" : "waiting");
    if (status !== 401 && status !== 409) return true;
    void this.#renew(status).catch(() => undefined); // It is tried again by itself.
    return false;
  }

  /** The session ended (401), or the cookie now belongs to another conversation (409). */
  async #renew(status: number): Promise<void> {
    this.#stream.stop();
    this.#carry = status === 401;
    await this.#opening.try();
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
      this.presence.take(readState(raw));
    }
    this.changed();
  }

  /** A message that is stored, by whichever way it came. */
  #take(message: Message): void {
    this.outbox.remove(message.id);
    const isNew = this.history.add(message);
    if (!isNew) return;
    let told = false;
    if (message.from !== "patient") {
      this.presence.show(false);
      told = this.sending.replace(message, this.messages.find((other) => other.seq === message.replyTo)?.id);
    }
    if (isGrave(message.level)) this.presence.bringForward(message.level);
    this.history.watchGap();
    if (!told) this.arrived(message);
  }
}
