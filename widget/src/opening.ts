import { type Api, ServerError } from "./api";
import type { Proof } from "./proof";
import { pauseAfter } from "./sending";
import type { Clinic, Session } from "./wire";

/** The page may not use the chat at all: nothing to do with who is writing. */
const OTHER_ORIGIN = "AC105";

/** The conversation that is opened. */
export interface Opened {
  clinic(): Clinic;
  /** A try begins. */
  begins(): void;
  /** The session is there. What this raises counts as a failure to open. */
  opened(session: Session): Promise<void>;
  /** It failed, and is tried again later. */
  failed(error: unknown): Promise<void>;
  /** The time for the next try has come. */
  again(): void;
}

/** Opens the session of a conversation: one try at a time, and another one after each failure. */
export class Opening {
  /** Something to tell once, which is no message: that an invite link does not work any more. */
  notice = "";

  #proof: Proof | null = null;
  #running: Promise<void> | null = null;
  #tries = 0;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly conversation: Opened,
  ) {}

  /** A further try is planned. */
  get waiting(): boolean {
    return this.#again !== undefined;
  }

  /** Who is writing, to be told to the server by the next try. */
  prove(proof: Proof): void {
    this.#proof = proof;
  }

  /** Tries now. Raises what the try failed with; the next one is planned by then. */
  try(): Promise<void> {
    this.#running ??= this.#try().finally(() => (this.#running = null));
    return this.#running;
  }

  /** Has the next try made at once. */
  soon(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.conversation.again());
  }

  /** Ends every timer. */
  stop(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
  }

  async #try(): Promise<void> {
    this.stop();
    this.conversation.begins();
    try {
      await this.conversation.opened(await this.#begin());
    } catch (error) {
      const wait = error instanceof ServerError ? error.retryAfter : null;
      this.#again = setTimeout(() => this.conversation.again(), pauseAfter(this.#tries, wait));
      this.#tries += 1;
      await this.conversation.failed(error);
      throw error;
    }
    this.#tries = 0;
  }

  /** The session. A proof that is refused leaves the chat open: it just does not know who is writing. */
  async #begin(): Promise<Session> {
    const proof = this.#proof;
    try {
      const session = await this.api.session(this.conversation.clinic(), proof);
      this.#settle(proof);
      return session;
    } catch (error) {
      const refused = proof !== null && error instanceof ServerError && error.status === 403 && error.code !== OTHER_ORIGIN;
      if (!refused) throw error;
      this.#settle(proof);
      if (proof.kind === "invite") this.notice = error.message;
      return this.api.session(this.conversation.clinic());
    }
  }

  #settle(proof: Proof | null): void {
    proof?.settled();
    if (this.#proof === proof) this.#proof = null;
  }
}
