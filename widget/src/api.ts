import { HEADER, Keeper } from "./keeper";
import type { Proof } from "./proof";
import { type Clinic, type Message, type Session, readMessage, readMessages, readSession } from "./wire";

/** The server answered with an error. `status` is HTTP's; `retryAfter` is seconds, or null. */
export class ServerError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly phone: string | null,
    readonly retryAfter: number | null,
    readonly reply: Message | null,
  ) {
    super(message);
  }
}

/** The server could not be reached, or did not answer in time. */
export class Unreachable extends Error {}

export interface Outgoing {
  readonly id: string;
  readonly text: string;
  readonly choice?: string;
}

export interface Sent {
  readonly message: Message | null;
  readonly reply: Message | null;
  /** The server keeps the message on its disk: it has no number yet, and nobody has read it. */
  readonly kept: boolean;
  /** It is stored in another conversation than the one that is shown: the session had ended, and a grave message is let in. */
  readonly elsewhere: boolean;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Milliseconds after which a request counts as failed. Sending again is harmless: the id is the same. */
const PATIENCE = 20_000;

/** The four calls of the web chat. Every one raises ServerError or Unreachable. */
export class Api {
  /** Named in every call once known, so that a server can refuse a page whose cookie now belongs to somebody else. */
  conversation = "";

  constructor(
    /** Address before `/chat/...`; empty for the page's own. */
    readonly base: string,
    private readonly fetcher: Fetch = (url, init) => fetch(url, init),
    readonly keeper = new Keeper(base, false, null),
  ) {}

  /** The session of this browser, made where there is none; with `proof`, that of a patient. */
  async session(fallback: Clinic, proof: Proof | null = null): Promise<Session> {
    const found = this.keeper.unsure ? await this.#tryCookie() : null;
    if (found !== null && proof === null) return readSession(found, fallback);
    return readSession(await this.#open(proof), fallback);
  }

  #open(proof: Proof | null): Promise<object> {
    const body = { ...(proof !== null && { [proof.kind]: proof.value }), ...(this.keeper.byPage && { keep: "page" }) };
    return this.#json("POST", "/chat/session", body);
  }

  /**
   * Opens the chat as a page of another origin, and looks whether the browser keeps the cookie of the answer: the session if
   * it does, otherwise null. A server without its database gives a cookie with its refusal. No proof goes along: it works once.
   */
  async #tryCookie(): Promise<object | null> {
    let opened: object | null = null;
    try {
      opened = await this.#open(null);
    } catch (error) {
      if (!(error instanceof ServerError) || error.status < 500) throw error;
    }
    try {
      await this.#json("GET", "/chat/messages?limit=1");
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.status === 401) {
        this.keeper.found(false);
        return null;
      }
    }
    this.keeper.found(true);
    return opened;
  }

  /** A picture that belongs to a message. */
  async picture(path: string): Promise<Blob> {
    const response = await this.#ask(path, {});
    if (!response.ok) throw await this.#refusal(response);
    return response.blob();
  }

  /** A page of history, oldest first: the newest messages, or those before sequence number `before`. */
  async history(limit: number, before?: number): Promise<{ messages: Message[]; more: boolean }> {
    const query = before === undefined ? `limit=${limit}` : `before=${before}&limit=${limit}`;
    const body = (await this.#json("GET", this.#named(`/chat/messages?${query}`))) as { messages?: unknown; more?: unknown };
    return { messages: readMessages(body.messages), more: body.more === true };
  }

  async send(outgoing: Outgoing): Promise<Sent> {
    const body = this.conversation ? { ...outgoing, conversation: this.conversation } : outgoing;
    const answer = (await this.#json("POST", "/chat/messages", body)) as Record<"message" | "reply" | "kept" | "conversation", unknown>;
    const { conversation } = answer;
    return {
      message: readMessage(answer.message),
      reply: readMessage(answer.reply),
      kept: answer.kept === true,
      elsewhere: typeof conversation === "string" && this.conversation !== "" && conversation !== this.conversation,
    };
  }

  /** Opens the stream of events after sequence number `after`; the answer's body is the stream. */
  async events(after: number, signal: AbortSignal): Promise<Response> {
    const response = await this.#ask(this.#named("/chat/events"), {
      headers: { Accept: "text/event-stream", "Last-Event-ID": String(after) },
      cache: "no-store",
      signal,
    });
    if (!response.ok) throw await this.#refusal(response);
    return response;
  }

  #named(path: string): string {
    if (!this.conversation) return path;
    return `${path}${path.includes("?") ? "&" : "?"}conversation=${encodeURIComponent(this.conversation)}`;
  }

  async #json(method: "GET" | "POST", path: string, body?: unknown): Promise<object> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE);
    try {
      const response = await this.#ask(path, {
        method,
        signal: abort.signal,
        cache: "no-store",
        ...(method === "POST" && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
      });
      if (!response.ok) throw await this.#refusal(response);
      const answer: unknown = await response.json();
      if (typeof answer !== "object" || answer === null) return {};
      this.keeper.keep((answer as { token?: unknown }).token);
      return answer;
    } catch (error) {
      throw error instanceof ServerError ? error : new Unreachable(String(error));
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const { token } = this.keeper;
    const headers = { ...init.headers, ...(token !== null && { [HEADER]: token }) };
    try {
      return await this.fetcher(this.base + path, { credentials: "include", ...init, headers });
    } catch (error) {
      throw new Unreachable(String(error));
    }
  }

  async #refusal(response: Response): Promise<ServerError> {
    const body = (await response.json().catch(() => ({}))) as { error?: Record<string, unknown>; reply?: unknown; token?: unknown };
    this.keeper.keep(body?.token);
    const error = body?.error ?? {};
    const wait = Number(response.headers.get("Retry-After"));
    return new ServerError(
      response.status,
      typeof error["code"] === "string" ? error["code"] : "",
      typeof error["message"] === "string" ? error["message"] : "",
      typeof error["phone"] === "string" ? error["phone"] : null,
      wait > 0 ? wait : null,
      readMessage(body?.reply),
    );
  }
}
