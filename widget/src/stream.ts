import { ServerError } from "./api";
import { SseParser } from "./sse";

/** The server pings every 15 s: two and a half missed pings, and the line is dead (milliseconds). */
export const SILENCE = 40_000;
const BACKOFF = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
const SETTLED = 10_000;

export interface StreamHandlers {
  /** Where to resume from: asked anew at every attempt. */
  after(): number;
  open(after: number, signal: AbortSignal): Promise<Response>;
  event(name: string, data: string): void;
  /** The line is up. */
  opened(): void;
  /** Something came, if only a ping. */
  alive(): void;
  /** The line is down and will be tried again, unless this returns false. `status` is HTTP's, or null. */
  lost(status: number | null): boolean;
}

/** Keeps one events stream open: notices a dead line by itself, and tries again with growing, jittered pauses. */
export class EventStream {
  #abort: AbortController | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #heard = 0;
  #tries = 0;

  constructor(
    private readonly handlers: StreamHandlers,
    private readonly now: () => number = Date.now,
  ) {}

  get running(): boolean {
    return this.#abort !== null || this.#retry !== undefined;
  }

  start(): void {
    if (!this.running) void this.#run();
  }

  stop(): void {
    clearTimeout(this.#retry);
    clearInterval(this.#watchdog);
    this.#retry = undefined;
    this.#abort?.abort();
    this.#abort = null;
  }

  /** The world changed (network back, page shown): do not wait for the next try, nor trust a line silent for `trust` ms. */
  wake(trust = 20_000): void {
    if (!this.running) return;
    if (this.#retry !== undefined || this.now() - this.#heard > trust) {
      this.stop();
      this.#tries = 0;
      void this.#run();
    }
  }

  async #run(): Promise<void> {
    this.#retry = undefined;
    const abort = new AbortController();
    this.#abort = abort;
    this.#heard = this.now();
    const begun = this.now();
    clearInterval(this.#watchdog);
    // An interval, not one long timer: after a sleep it fires at once and sees how late it is.
    this.#watchdog = setInterval(() => {
      if (this.now() - this.#heard > SILENCE) abort.abort();
    }, 5_000);
    let status: number | null = null;
    let wait = 0;
    try {
      const response = await this.handlers.open(this.handlers.after(), abort.signal);
      if (this.#abort !== abort) return;
      this.handlers.opened();
      await this.#read(response, abort);
    } catch (error) {
      if (error instanceof ServerError) {
        status = error.status;
        wait = (error.retryAfter ?? 0) * 1000;
      }
    }
    if (this.#abort !== abort) return; // Stopped or started anew from outside.
    abort.abort();
    clearInterval(this.#watchdog);
    this.#abort = null;
    if (this.now() - begun > SETTLED) this.#tries = 0;
    const pause = BACKOFF[Math.min(this.#tries, BACKOFF.length - 1)] ?? 0;
    this.#tries += 1;
    // Half of the pause is chance, so that a restarted server is not met by every page at once.
    this.#retry = setTimeout(() => void this.#run(), Math.max(wait, pause * (0.5 + Math.random() / 2)));
    if (!this.handlers.lost(status)) this.stop();
  }

  async #read(response: Response, abort: AbortController): Promise<void> {
    const reader = response.body?.getReader();
    if (!reader) return;
    const decoder = new TextDecoder();
    const parser = new SseParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#abort !== abort) return;
      this.#heard = this.now();
      this.handlers.alive();
      for (const event of parser.push(decoder.decode(value, { stream: true }))) {
        this.handlers.event(event.name, event.data);
      }
    }
  }
}
