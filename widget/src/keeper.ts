import type { Store } from "./outbox";

/** Carries the token of a session that the page keeps. */
export const HEADER = "Aftercare-Session";

const KEY = "aftercare.session.";

/**
 * How this page carries its session. In a cookie that no script can read, wherever the browser keeps it; on a page of another
 * origin some browsers refuse that cookie, and the page keeps a token instead, in its own storage.
 */
export class Keeper {
  /** Our cookie has come back: nothing has to be kept here. */
  #cookie = false;
  #byPage = false;
  /** For a page that may store nothing: as long as it is open. */
  #token: string | null = null;

  constructor(
    /** Address before `/chat/...`. */
    private readonly base: string,
    /** The server is on another origin than the page. */
    private readonly elsewhere: boolean,
    private readonly store: Store | null,
  ) {}

  /** The token to send, or null: the cookie does it. Read anew each time, so that two tabs are one session. */
  get token(): string | null {
    if (!this.elsewhere || this.#cookie) return null;
    try {
      return this.store?.getItem(KEY + this.base) ?? this.#token;
    } catch {
      return this.#token;
    }
  }

  /** The page keeps the token, or is to ask for one. */
  get byPage(): boolean {
    return this.#byPage || this.token !== null;
  }

  /** It is not known yet whether the browser keeps our cookie. */
  get unsure(): boolean {
    return this.elsewhere && !this.#cookie && !this.byPage;
  }

  /** Whether the cookie came back that the server has just given. */
  found(cookie: boolean): void {
    this.#cookie = cookie;
    this.#byPage = !cookie;
  }

  /** Keeps the token that an answer holds, if it does. */
  keep(token: unknown): void {
    if (typeof token !== "string" || token === "" || !this.byPage) return;
    this.#token = token;
    try {
      this.store?.setItem(KEY + this.base, token);
    } catch {
      // Full or blocked: the session lives as long as the page.
    }
  }
}

/** Whether an address is on another origin than the page. */
export function isElsewhere(base: string): boolean {
  return base !== "" && new URL(base, location.href).origin !== location.origin;
}
