import type { Api } from "./api";
import { Timeline } from "./timeline";
import type { Message } from "./wire";

const PAGE = 50;
/** A hole in the sequence may just be a message that is on its way: ask the history after this (milliseconds). */
const GAP_PATIENCE = 1_500;

/** The messages of the conversation that are stored: the newest, earlier ones when they are asked for, and what is missing between. */
export class History extends Timeline {
  more = false;
  loaded = false;
  loadingOlder = false;
  olderFailed = false;

  #gap: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    /** Takes a message that the history brought where one was missing. */
    private readonly take: (message: Message) => void,
    private readonly changed: () => void,
  ) {
    super();
  }

  override clear(): void {
    super.clear();
    this.loaded = this.more = false;
  }

  /** Ends every timer. */
  stop(): void {
    clearTimeout(this.#gap);
    this.#gap = undefined;
  }

  /** Fetches the newest messages, and gives them. */
  async newest(): Promise<readonly Message[]> {
    const page = await this.api.history(PAGE);
    for (const message of page.messages) this.add(message);
    this.watchGap();
    this.more = page.more;
    this.loaded = true;
    return page.messages;
  }

  /** Fetches the page before the oldest message that is shown. */
  async older(): Promise<void> {
    const before = this.floor;
    if (this.loadingOlder || before === null) return;
    this.loadingOlder = true;
    this.olderFailed = false;
    this.changed();
    try {
      const page = await this.api.history(PAGE, before);
      for (const message of page.messages) this.add(message);
      this.more = page.more;
    } catch {
      this.olderFailed = true;
    }
    this.loadingOlder = false;
    this.changed();
  }

  /** Has a hole between messages filled, unless it fills by itself. */
  watchGap(patience = GAP_PATIENCE): void {
    if (this.gap() === null || this.#gap !== undefined) return;
    this.#gap = setTimeout(() => void this.#fillGap(), patience);
  }

  async #fillGap(): Promise<void> {
    let patience = GAP_PATIENCE;
    try {
      const gap = this.gap();
      let before = gap === null ? 0 : gap.to + 1;
      while (gap !== null && before > gap.from) {
        const page = await this.api.history(PAGE, before);
        for (const message of page.messages) if (message.seq >= gap.from) this.take(message);
        const lowest = page.messages[0]?.seq;
        if (lowest === undefined || !page.more || lowest >= before) break;
        before = lowest;
      }
      if (gap !== null) this.giveUp(gap);
    } catch {
      // A stream that resumes asks for what is missing as well, so there is no hurry.
      patience = 10 * GAP_PATIENCE;
    }
    this.#gap = undefined;
    this.watchGap(patience);
    this.changed();
  }
}
