import { type Api, ServerError } from "./api";
import type { Entry, Outbox } from "./outbox";
import { strings } from "./strings";
import { isGrave, type Message } from "./wire";

/** What the server keeps is sent again after this, until it is stored: its disk may be gone by then (milliseconds). */
const KEPT_AGAIN = 30_000;
/** Pauses between two tries, the last one for ever (milliseconds). Half of each is chance. */
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** How long to wait after so many failed tries, and at least as long as the server asks for (seconds). */
export function pauseAfter(tries: number, retryAfter: number | null): number {
  const pause = PAUSES[Math.min(tries, PAUSES.length - 1)] ?? 0;
  return Math.max((retryAfter ?? 0) * 1000, pause * (0.5 + Math.random() / 2));
}

/** The conversation that sending belongs to. */
export interface Around {
  started(): boolean;
  /** Whether it is known which conversation it is. */
  bound(): boolean;
  /** Whether a message is there as stored. */
  stored(id: string): boolean;
  /** Takes a stored message. */
  take(message: Message): void;
  /** A reply came that is not stored yet. */
  replied(reply: Message): void;
  /** The session ended (401), or the cookie now belongs to another conversation (409). */
  renew(status: number): Promise<void>;
  changed(): void;
}

/** Sends what is in the outbox, one after the other, so that the order is kept, until the server has confirmed or refused it. */
export class Sending {
  #busy = false;
  #tries = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #kept: ReturnType<typeof setTimeout> | undefined;
  /** Replies to what the server could not store yet: shown until the stored one replaces them. */
  #provisional = new Map<string, Message>();

  constructor(
    private readonly api: Api,
    private readonly outbox: Outbox,
    private readonly around: Around,
  ) {}

  /** The reply to this entry that is not stored yet, if any. */
  provisional(id: string): Message | null {
    return this.#provisional.get(id) ?? null;
  }

  /** The reply to this entry is of no more use: all of them where none is named. */
  forget(id?: string): void {
    if (id === undefined) this.#provisional.clear();
    else this.#provisional.delete(id);
  }

  /**
   * A stored reply takes the place of the one that came with a failed send: it names the message, or has the same words.
   * True where that is no news: both are the text for somebody in danger, or say the same.
   */
  replace(stored: Message, answered: string | undefined): boolean {
    let told = false;
    for (const [id, reply] of this.#provisional) {
      if (id !== answered && reply.text !== stored.text) continue;
      told ||= reply.text === stored.text || (isGrave(reply.level) && isGrave(stored.level));
      this.#provisional.delete(id);
    }
    return told;
  }

  /** Ends every timer. */
  stop(): void {
    clearTimeout(this.#again);
    clearTimeout(this.#kept);
  }

  /** Has what the server keeps sent once more; it stores an id once. */
  repeatKept(): void {
    clearTimeout(this.#kept);
    for (const entry of this.outbox.entries) {
      if (entry.status === "kept") this.outbox.put({ ...entry, status: "waiting" });
    }
  }

  /** Sends everything. `unbound`: to whichever conversation the session opens. */
  async flush(unbound = false): Promise<void> {
    if (this.#busy || !(this.around.bound() || unbound)) return;
    clearTimeout(this.#again);
    this.#busy = true;
    try {
      let renewed = false;
      for (let entry = this.outbox.next; entry !== null && this.around.started(); entry = this.outbox.next) {
        const status = await this.#send(entry);
        if (status === 401 || status === 409) {
          if (renewed) break;
          renewed = true;
          await this.around.renew(status);
        } else if (status !== null) {
          break;
        }
      }
    } catch {
      // Renewing failed; the next try of it flushes.
    } finally {
      this.#busy = false;
    }
  }

  /** Sends what was written although there is no session: in a crisis it is let in. True where one was. */
  async knock(): Promise<boolean> {
    for (const entry of this.outbox.entries) {
      if (entry.status !== "refused" && (await this.#send(entry)) === null) return true;
    }
    return false;
  }

  /** Null: this entry is dealt with. A status: the queue has to wait, or the session has to be renewed. */
  async #send(entry: Entry): Promise<number | null> {
    this.outbox.put({ ...entry, status: "sending" });
    this.around.changed();
    try {
      const { message, reply, kept, elsewhere } = await this.api.send({
        id: entry.id,
        text: entry.text,
        ...(entry.choice !== undefined && { choice: entry.choice }),
      });
      this.#tries = 0;
      if (kept) return this.#keep(entry, reply);
      if (elsewhere) {
        if (reply) this.#provide(entry, reply);
        return 401; // That conversation is opened now, and its history has the message.
      }
      this.outbox.remove(entry.id);
      if (message) this.around.take(message);
      if (reply && reply.seq > 0) this.around.take(reply);
      if (reply) this.#provisional.delete(entry.id);
      this.around.changed();
      return null;
    } catch (error) {
      return this.#unsent(entry, error);
    }
  }

  /** The server could not store it, and has it on its disk. The stream or the history brings it once it is stored. */
  #keep(entry: Entry, reply: Message | null): null {
    if (this.around.stored(entry.id)) {
      this.outbox.remove(entry.id);
    } else {
      if (reply) this.#provide(entry, reply);
      const { problem: _, ...rest } = entry;
      this.outbox.put({ ...rest, status: "kept" });
      clearTimeout(this.#kept);
      this.#kept = setTimeout(() => {
        this.repeatKept();
        void this.flush(true);
      }, KEPT_AGAIN);
    }
    this.around.changed();
    return null;
  }

  #provide(entry: Entry, reply: Message): void {
    if (!this.#provisional.has(entry.id)) this.around.replied(reply);
    this.#provisional.set(entry.id, reply);
  }

  #unsent(entry: Entry, error: unknown): number | null {
    const refusal = error instanceof ServerError ? error : null;
    const status = refusal?.status ?? 0;
    if (refusal?.reply) this.#provide(entry, refusal.reply);
    // The stream may have brought it while the answer was lost.
    if (this.around.stored(entry.id)) {
      this.outbox.remove(entry.id);
      return null;
    }
    const final = refusal !== null && status >= 400 && status < 500 && ![401, 408, 409, 425, 429].includes(status);
    if (final) {
      this.outbox.put({ ...entry, status: "refused", problem: refusal.message || strings.problem });
      this.around.changed();
      return null;
    }
    this.outbox.put({ ...entry, status: "waiting", ...(refusal?.message && { problem: refusal.message }) });
    if (status !== 401 && status !== 409) {
      clearTimeout(this.#again);
      this.#again = setTimeout(() => void this.flush(), pauseAfter(this.#tries, refusal?.retryAfter ?? null));
      this.#tries += 1;
    }
    this.around.changed();
    return status;
  }
}
