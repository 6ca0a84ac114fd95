import { afterEach, beforeEach, vi } from "vitest";
import { Api, type Fetch } from "../src/api";
import { Conversation } from "../src/conversation";
import { Outbox, type Store } from "../src/outbox";
import type { Clinic, Message } from "../src/wire";

export class MemoryStore implements Store {
  readonly values = new Map<string, string>();
  get length(): number {
    return this.values.size;
  }
  key(index: number): string | null {
    return [...this.values.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.values.set(key, value);
  }
  removeItem(key: string): void {
    this.values.delete(key);
  }
}

export const CLINIC: Clinic = {
  name: "",
  phone: "",
  afterHoursPhone: "",
  crisisLine: "988",
  ambulance: "911",
  onShift: null,
};

export interface Wire {
  seq: number;
  id: string;
  from: string;
  text: string;
  level: string;
  at: string;
  name: string | null;
  buttons: { title: string; payload: string }[];
  reply_to: number | null;
  channel: string;
}

export function wire(seq: number, given: Partial<Wire> = {}): Wire {
  const at = new Date().toISOString();
  return { seq, id: `m${seq}`, from: "assistant", text: `text ${seq}`, level: "none", at, name: null, buttons: [], reply_to: null, channel: "web", ...given };
}

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | Error;

/** A server in memory: stores by id, streams what it stores, and does what a test tells it to do instead. */
export class FakeServer {
  conversation = "c1";
  messages: Wire[] = [];
  posts: { id: string; text: string; choice?: string; conversation?: string }[] = [];
  resumed: number[] = [];
  historyAsked: string[] = [];
  sessions = 0;
  /** What the pages brought along to open the chat, and what the next ones get instead of a session. */
  openings: Record<string, unknown>[] = [];
  nextOpening: Answer[] = [];
  down = false;
  /** What the next sends get instead of being stored; `stored: true` stores it all the same. */
  next: { answer: Answer; stored?: boolean }[] = [];
  streamStatus: number[] = [];
  /** The server is there, its database is not: no sessions, no streams, no history. */
  away = false;
  replyTo: ((text: string) => Partial<Wire> | null) | null = null;
  #lines = new Set<ReadableStreamDefaultController<Uint8Array>>();

  readonly fetch: Fetch = async (url, init) => {
    if (this.down) throw new TypeError("network");
    const path = new URL(url, "http://clinic.test");
    if (path.pathname === "/chat/session") {
      this.sessions += 1;
      this.openings.push(JSON.parse(String(init.body)));
      const planned = this.nextOpening.shift();
      if (planned instanceof Error) throw planned;
      if (planned) return json(planned.status ?? 500, planned.body ?? {}, planned.headers);
      if (this.away) return json(503, {});
      const clinic = { name: "Harbor", phone: "(555) 010-0199", after_hours_phone: "", crisis_line: "988", ambulance: "911", on_shift: true };
      return json(200, { session: "ok", clinic, verified: false, name: null, last_seq: this.messages.length, conversation: this.conversation });
    }
    if (path.pathname === "/chat/events") return this.#events(init);
    if (init.method === "POST") return this.#post(JSON.parse(String(init.body)));
    if (this.away) return json(503, {});
    const before = Number(path.searchParams.get("before") ?? Infinity);
    const limit = Number(path.searchParams.get("limit"));
    this.historyAsked.push(path.search);
    const older = this.messages.filter((message) => message.seq < before);
    return json(200, { messages: older.slice(-limit), more: older.length > limit });
  };

  #post(body: { id: string; text: string }): Response {
    this.posts.push(body);
    const planned = this.next.shift();
    if (planned?.stored) this.#store(body);
    if (planned?.answer instanceof Error) throw planned.answer;
    if (planned) return json(planned.answer.status ?? 500, planned.answer.body ?? {}, planned.answer.headers);
    return json(202, this.#store(body));
  }

  #store(body: { id: string; text: string }): { message: Wire; reply: Wire | null } {
    const known = this.messages.find((message) => message.id === body.id);
    if (known) return { message: known, reply: this.messages.find((message) => message.reply_to === known.seq) ?? null };
    const message = this.say({ id: body.id, from: "patient", text: body.text });
    const reply = this.replyTo?.(body.text);
    return { message, reply: reply ? this.say({ ...reply, reply_to: message.seq }) : null };
  }

  /** Stores a message and streams it. */
  say(given: Partial<Wire>, streamed = true): Wire {
    const message = wire(this.messages.length + 1, given);
    this.messages.push(message);
    if (streamed) this.stream("message", message);
    return message;
  }

  stream(name: string, data: unknown): void {
    const id = name === "message" ? `id: ${(data as Wire).seq}\n` : "";
    this.raw(`${id}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  raw(text: string): void {
    for (const line of this.#lines) line.enqueue(new TextEncoder().encode(text));
  }

  get lines(): number {
    return this.#lines.size;
  }

  cut(): void {
    for (const line of this.#lines) line.close();
    this.#lines.clear();
  }

  #events(init: RequestInit): Response {
    const status = this.away ? 503 : this.streamStatus.shift();
    if (status) return json(status, {});
    const after = Number(new Headers(init.headers).get("Last-Event-ID"));
    this.resumed.push(after);
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#lines.add(controller);
        for (const message of this.messages.filter((other) => other.seq > after)) {
          controller.enqueue(new TextEncoder().encode(`id: ${message.seq}\nevent: message\ndata: ${JSON.stringify(message)}\n\n`));
        }
        init.signal?.addEventListener("abort", () => {
          if (this.#lines.delete(own)) own.error(new DOMException("aborted", "AbortError"));
        });
      },
    });
    return new Response(body, { status: 200, headers: { "Content-Type": "text/event-stream" } });
  }
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

export interface Page {
  readonly talk: Conversation;
  readonly arrived: Message[];
}

/** A page with a conversation on it, over the given server and stores. */
export function page(server: FakeServer, lasting: Store = new MemoryStore(), tab: Store = new MemoryStore()): Page {
  const arrived: Message[] = [];
  const talk = new Conversation(new Api("", server.fetch), new Outbox(lasting, tab), CLINIC, () => undefined, (message) => arrived.push(message));
  return { talk, arrived };
}

export function texts(talk: Conversation): string[] {
  return talk.messages.map((message) => message.text);
}

/** For a file of tests: a server of its own for each test (`now()`), time that only `pass` moves, and pages that are stopped. */
export function scene(): {
  now: () => FakeServer;
  start: (...stores: MemoryStore[]) => Promise<Page>;
  pass: (ms: number) => Promise<unknown>;
} {
  const open: Conversation[] = [];
  let server: FakeServer;
  beforeEach(() => {
    vi.useFakeTimers();
    server = new FakeServer();
  });
  afterEach(() => {
    for (const talk of open.splice(0)) talk.stop();
    vi.useRealTimers();
  });
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  const start = async (...stores: MemoryStore[]): Promise<Page> => {
    const made = page(server, ...stores);
    open.push(made.talk);
    made.talk.start();
    await pass(10);
    return made;
  };
  return { now: () => server, start, pass };
}
