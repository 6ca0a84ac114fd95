/** How far from the end of the log still counts as reading the newest message (pixels). */
const NEAR = 80;

/** What a conversation shows, as far as scrolling goes. */
export interface Newest {
  /** The newest message of the patient, and that of anybody else; empty where there is none. */
  readonly own: string;
  readonly theirs: string;
  /** The patient's is not stored yet. */
  readonly unsent: boolean;
  /** How many of the newest messages are to be read as one. */
  readonly together: number;
}

/** Keeps the newest message in sight while it is being read, and what is read where it is while something is above it. */
export class Scroll {
  /** The newest message is not in sight, and a newer one came. */
  behind = false;

  #atEnd = true;
  /** How far above the end the newest messages start, when they are longer than the log (pixels). */
  #overhang = 0;
  /** How many of the newest messages are read from the top of the first; 0: the person has scrolled since. */
  #together = 0;
  /** Where we have put the log. */
  #placed = 0;
  #seen: Newest | null = null;
  #watched: Element | null = null;
  #sizes = new ResizeObserver(() => this.settle());

  constructor(
    private readonly host: Element,
    private readonly root: () => ParentNode,
    private readonly changed: () => void,
  ) {}

  get log(): HTMLElement | null {
    return this.root().querySelector<HTMLElement>(".log");
  }

  /** The box that scrolls: the log, or everything where there is little height. */
  get #box(): HTMLElement | null {
    const { log } = this;
    return log !== null && getComputedStyle(log).overflowY === "visible" ? log.parentElement : log;
  }

  /** The page is drawn: what is new comes into sight, unless something above it is being read. */
  drawn(newest: Newest): void {
    const before = this.#seen;
    this.#seen = newest;
    const wrote = newest.own !== before?.own;
    if (!wrote && newest.theirs === before?.theirs) this.settle();
    else if (before === null || (wrote && newest.unsent) || this.#atEnd) this.toEnd(newest.unsent ? 1 : newest.together);
    else this.#tell(true);
  }

  /** Shows the newest message; the top of it, or of all that belong together with it, when they are longer than the log. */
  toEnd(together = 1): void {
    const box = this.#box;
    if (box === null) return;
    box.scrollTop = box.scrollHeight;
    const items = this.root().querySelectorAll<HTMLElement>(".item");
    const [first, last] = [items[items.length - together], items[items.length - 1]];
    const height = box === this.log && first && last ? last.offsetTop + last.offsetHeight - first.offsetTop : 0;
    this.#overhang = height > box.clientHeight ? height - box.clientHeight + 24 : 0;
    box.scrollTop -= this.#overhang;
    this.#placed = box.scrollTop;
    this.#together = together;
    this.#atEnd = true;
    // Of several messages the last may ask something: there is more to see.
    this.#tell(together > 1 && this.#overhang > 0);
  }

  /** Something changed its size: the newest message stays in sight, if it was. */
  settle(): void {
    if (this.#atEnd) this.toEnd(this.#together);
  }

  #tell(behind: boolean): void {
    if (behind === this.behind) return;
    this.behind = behind;
    this.changed();
  }

  /** The person scrolled. */
  readonly scrolled = (): void => {
    const box = this.#box;
    if (box === null) return;
    if (Math.abs(box.scrollTop - this.#placed) > 2) this.#together = this.#overhang = 0;
    const left = box.scrollHeight - box.scrollTop - box.clientHeight;
    this.#atEnd = left < NEAR + this.#overhang;
    if (left < NEAR) this.#tell(false);
  };

  /** Has `work` put something above what is being read, which stays where it is. */
  async keep(work: () => Promise<unknown>): Promise<void> {
    const box = this.#box;
    const fromEnd = box === null ? 0 : box.scrollHeight - box.scrollTop;
    await work();
    if (box !== null) box.scrollTop = box.scrollHeight - fromEnd;
  }

  /** A keyboard comes up, the phone is turned, the numbers come forward: the newest message stays in sight. */
  watch(): void {
    const { log } = this;
    if (log === null || log === this.#watched) return;
    this.#watched = log;
    this.#sizes.disconnect();
    this.#sizes.observe(log);
    this.#sizes.observe(this.host);
  }

  stop(): void {
    this.#sizes.disconnect();
    this.#watched = null;
  }
}
