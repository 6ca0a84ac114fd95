import type { Message } from "./wire";

/** A stretch of sequence numbers that is missing, both ends included. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * The messages of one conversation, each once, in the order of their sequence numbers.
 *
 * They may arrive in any order and more than once: from the history, from the stream and in the answer to a send.
 */
export class Timeline {
  #bySeq = new Map<number, Message>();
  #seqOf = new Map<string, number>();
  #absent = new Set<number>();
  /** The lowest number that was asked for: what lies below is not missing, only not shown yet. */
  #floor: number | null = null;
  #list: readonly Message[] | null = null;

  /** Takes a message; true when it was not there before. */
  add(message: Message): boolean {
    if (message.seq <= 0 || this.#bySeq.has(message.seq) || this.#seqOf.has(message.id)) return false;
    this.#bySeq.set(message.seq, message);
    this.#seqOf.set(message.id, message.seq);
    this.#floor = this.#floor === null ? message.seq : Math.min(this.#floor, message.seq);
    this.#list = null;
    return true;
  }

  has(id: string): boolean {
    return this.#seqOf.has(id);
  }

  /** All messages, by sequence number. The same array until something changes. */
  list(): readonly Message[] {
    this.#list ??= [...this.#bySeq.values()].sort((a, b) => a.seq - b.seq);
    return this.#list;
  }

  get floor(): number | null {
    return this.#floor;
  }

  /** The last number before the first hole: where a stream has to resume. 0 when there is nothing yet. */
  get settled(): number {
    const gap = this.gap();
    return gap === null ? this.#top : gap.from - 1;
  }

  /** The first hole between messages that are there, or null. */
  gap(): Gap | null {
    if (this.#floor === null) return null;
    const known = (seq: number): boolean => this.#bySeq.has(seq) || this.#absent.has(seq);
    for (let seq = this.#floor + 1; seq < this.#top; seq += 1) {
      if (known(seq)) continue;
      let to = seq;
      while (to + 1 < this.#top && !known(to + 1)) to += 1;
      return { from: seq, to };
    }
    return null;
  }

  /** The server has no message in this stretch (it was erased, say): do not ask again. */
  giveUp(gap: Gap): void {
    for (let seq = gap.from; seq <= gap.to; seq += 1) {
      if (!this.#bySeq.has(seq)) this.#absent.add(seq);
    }
  }

  clear(): void {
    this.#bySeq.clear();
    this.#seqOf.clear();
    this.#absent.clear();
    this.#floor = null;
    this.#list = null;
  }

  get #top(): number {
    const list = this.list();
    return list[list.length - 1]?.seq ?? 0;
  }
}
