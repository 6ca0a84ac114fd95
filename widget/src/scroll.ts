/** How far from the end of the log still counts as reading the newest message (pixels). */
const NEAR = 80;

/** Keeps the newest message in sight while it is being read, and what is read where it is while something is above it. */
export class Scroll {
  /** The newest message is not in sight, and a newer one came. */
  behind = false;

  #atEnd = true;
  /** How far above the end the newest message starts, when it is longer than the log (pixels). */
  #overhang = 0;
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

  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** The box that scrolls: the log, or everything where there is little height. */
  get #box(): HTMLElement | null {
    const { log } = this;
    return log !== null && getComputedStyle(log).overflowY === "visible" ? log.parentElement : log;
  }

  /** Shows the newest message; the top of it when it is longer than the log. */
  toEnd(): void {
    const box = this.#box;
    if (box === null) return;
    box.scrollTop = box.scrollHeight;
    const items = this.root().querySelectorAll<HTMLElement>(".item");
    const last = items[items.length - 1];
    if (box === this.log && last && last.offsetHeight > box.clientHeight) {
      this.#overhang = last.offsetHeight - box.clientHeight + 24;
      box.scrollTop -= this.#overhang;
    } else {
      this.#overhang = 0;
    }
    this.#atEnd = true;
    this.behind = false;
  }

  /** Something changed its size: the newest message stays in sight, if it was. */
  settle(): void {
    if (this.#atEnd) this.toEnd();
  }

  /** The person scrolled. */
  readonly scrolled = (): void => {
    const box = this.#box;
    if (box === null) return;
    this.#atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR + this.#overhang;
    if (this.#atEnd && this.behind) {
      this.behind = false;
      this.changed();
    }
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
