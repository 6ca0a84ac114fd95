/** A message that the server has not stored. */
export interface Entry {
  readonly id: string;
  readonly text: string;
  readonly choice?: string;
  /** Milliseconds since 1970 when it was written. */
  readonly at: number;
  /** "kept": the server has it on its disk, and cannot store it yet. */
  readonly status: "waiting" | "sending" | "kept" | "refused";
  /** Why it was refused, in plain words. */
  readonly problem?: string;
}

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

const PREFIX = "aftercare.out.";
/** Unsent text is not kept on a device for longer than this (milliseconds): a week. */
const KEEP = 7 * 24 * 3600_000;

/**
 * Messages on their way to the server, in the order they were written, kept where a reload or a closed page does not lose them.
 *
 * Stored one key an entry, under the conversation they belong to: two tabs do not overwrite each other, and what one person
 * left unsent on a shared computer is never sent in the name of the next. Two tabs may send the same entry; the server stores
 * an id once.
 */
export class Outbox {
  #entries: Entry[] = [];
  #conversation: string | null = null;

  /** `lasting` outlives the tab; `tab` holds what was written before the conversation was known. Either may be null (blocked). */
  constructor(
    private readonly lasting: Store | null,
    private readonly tab: Store | null,
    private readonly now: () => number = Date.now,
  ) {
    this.#load(this.tab, `${PREFIX}unbound.`);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The next one to send, or null. */
  get next(): Entry | null {
    return this.#entries.find((entry) => entry.status === "waiting" || entry.status === "sending") ?? null;
  }

  /**
   * Ties the outbox to a conversation and brings back what was left there. What is still unsent on this page comes along:
   * to be sent when `problem` is null (the session had run out), otherwise refused with it, so that the person decides.
   */
  bind(conversation: string, problem: string | null): void {
    if (this.#conversation === conversation) return;
    const refusal = this.#conversation === null ? null : problem;
    const here = this.#entries;
    for (const entry of here) this.#forget(entry.id);
    this.#conversation = conversation;
    this.#entries = [];
    this.#load(this.lasting, this.#prefix());
    for (const entry of here) this.put(refusal === null ? entry : { ...entry, status: "refused", problem: refusal });
  }

  /** Adds an entry, or replaces the one of the same id. */
  put(entry: Entry): void {
    const place = this.#entries.findIndex((other) => other.id === entry.id);
    this.#entries =
      place < 0 ? [...this.#entries, entry] : this.#entries.map((other) => (other.id === entry.id ? entry : other));
    write(this.#store(), this.#prefix() + entry.id, JSON.stringify(entry));
  }

  /** Takes an entry out: it has arrived, or the person removed it. */
  remove(id: string): void {
    if (!this.#entries.some((entry) => entry.id === id)) return;
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#forget(id);
  }

  #forget(id: string): void {
    const store = this.#store();
    try {
      store?.removeItem(this.#prefix() + id);
    } catch {
      // A blocked store kept nothing either.
    }
  }

  #store(): Store | null {
    return this.#conversation === null ? this.tab : this.lasting;
  }

  #prefix(): string {
    return `${PREFIX}${this.#conversation ?? "unbound"}.`;
  }

  #load(store: Store | null, prefix: string): void {
    const found: Entry[] = [];
    for (const key of keys(store)) {
      if (!key.startsWith(prefix)) continue;
      const entry = parse(store?.getItem(key) ?? null);
      if (entry === null || this.now() - entry.at > KEEP) store?.removeItem(key);
      else found.push(entry);
    }
    this.#entries = [...this.#entries, ...found.sort((a, b) => a.at - b.at)];
  }
}

function keys(store: Store | null): string[] {
  const found: string[] = [];
  for (let index = 0; index < (store?.length ?? 0); index += 1) {
    const key = store?.key(index);
    if (key) found.push(key);
  }
  return found;
}

function write(store: Store | null, key: string, value: string): void {
  try {
    store?.setItem(key, value);
  } catch {
    // Full or blocked: the entry lives as long as the page, and the page shows that it is not sent.
  }
}

function parse(raw: string | null): Entry | null {
  try {
    const value = JSON.parse(raw ?? "null") as Partial<Entry> | null;
    if (typeof value?.id !== "string" || typeof value.text !== "string" || typeof value.at !== "number") return null;
    return {
      id: value.id,
      text: value.text,
      at: value.at,
      ...(typeof value.choice === "string" && { choice: value.choice }),
      // What was on its way when the page went may or may not have arrived: sending it again is harmless.
      status: value.status === "refused" ? "refused" : "waiting",
      ...(typeof value.problem === "string" && { problem: value.problem }),
    };
  } catch {
    return null;
  }
}

/** A store of the browser, or null where the page may not use it. */
export function storeOf(kind: "localStorage" | "sessionStorage"): Store | null {
  try {
    const store = globalThis[kind];
    store.getItem(PREFIX);
    return store;
  } catch {
    return null;
  }
}

/** A random version 4 UUID. `crypto.randomUUID` exists only on secure pages; a clinic's test page may not be one. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
