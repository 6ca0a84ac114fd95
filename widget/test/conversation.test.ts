import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Conversation } from "../src/conversation";
import { FakeServer, MemoryStore, page, texts } from "./helpers";

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

async function start(...stores: MemoryStore[]): Promise<ReturnType<typeof page>> {
  const made = page(server, ...stores);
  open.push(made.talk);
  made.talk.start();
  await pass(10);
  return made;
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe("messages", () => {
  it("shows the history, then what comes by the stream", async () => {
    server.say({ text: "welcome" });
    const { talk, arrived } = await start();
    server.say({ text: "a reply" });
    await pass(10);
    expect(texts(talk)).toEqual(["welcome", "a reply"]);
    expect(arrived.map((message) => message.text)).toEqual(["a reply"]);
    expect(talk.connection).toBe("open");
  });

  it("shows a message once that comes by the answer, by the stream and by the stream again", async () => {
    const { talk, arrived } = await start();
    server.replyTo = () => ({ text: "call 988", level: "crisis" });
    talk.write("help");
    await pass(10);
    for (const message of server.messages) server.stream("message", message);
    server.cut();
    await pass(2_000);
    expect(texts(talk)).toEqual(["help", "call 988"]);
    expect(arrived).toHaveLength(2);
    expect(talk.unsent).toEqual([]);
  });

  it("keeps the order of the conversation when the answer overtakes the stream", async () => {
    const { talk } = await start();
    server.say({ text: "earlier reply" }, false);
    talk.write("mine");
    await pass(10);
    expect(texts(talk)).toEqual(["mine"]);
    server.stream("message", server.messages[0]);
    await pass(10);
    expect(texts(talk)).toEqual(["earlier reply", "mine"]);
  });

  it("fetches from the history what the stream left out", async () => {
    server.say({ text: "one" });
    const { talk } = await start();
    for (let count = 0; count < 120; count += 1) server.say({ text: `lost ${count}` }, false);
    server.say({ text: "last" });
    await pass(5_000);
    expect(talk.messages).toHaveLength(122);
    expect(talk.messages.map((message) => message.seq)).toEqual(Array.from({ length: 122 }, (_, index) => index + 1));
  });

  it("asks once only for a message that the server no longer has", async () => {
    server.say({ text: "one" });
    const { talk } = await start();
    server.say({ text: "erased" }, false);
    server.say({ text: "three" });
    server.messages.splice(1, 1);
    const asked = server.historyAsked.length;
    await pass(60_000);
    expect(server.historyAsked.length).toBe(asked + 1);
    expect(texts(talk)).toEqual(["one", "three"]);
  });

  it("fetches earlier messages page by page", async () => {
    for (let count = 1; count <= 70; count += 1) server.say({});
    const { talk } = await start();
    expect(talk.messages).toHaveLength(50);
    expect(talk.more).toBe(true);
    await talk.older();
    expect(talk.messages).toHaveLength(70);
    expect(talk.more).toBe(false);
  });
});

describe("the line", () => {
  it("resumes after the last message before the first hole", async () => {
    server.say({});
    server.say({});
    const { talk } = await start();
    server.cut();
    await pass(1);
    expect(talk.connection).toBe("waiting");
    server.say({ text: "while away" });
    await pass(2_000);
    expect(server.resumed.at(-1)).toBe(2);
    expect(texts(talk).at(-1)).toBe("while away");
    expect(talk.connection).toBe("open");
  });

  it("notices a line that died without a word, but trusts one that pings", async () => {
    await start();
    for (let count = 0; count < 8; count += 1) {
      await pass(15_000);
      server.raw(": ping\n\n");
    }
    expect(server.resumed).toHaveLength(1);
    await pass(50_000);
    expect(server.resumed.length).toBeGreaterThan(1);
  });

  it("tries at once when the network is back", async () => {
    const { talk } = await start();
    server.down = true;
    server.cut();
    await pass(120_000);
    server.down = false;
    const before = server.resumed.length;
    talk.wake(0);
    await pass(5);
    expect(server.resumed.length).toBe(before + 1);
    expect(talk.connection).toBe("open");
  });

  it("gives a hidden page's line back and takes it up again", async () => {
    const { talk } = await start();
    talk.rest();
    await pass(61_000);
    expect(server.lines).toBe(0);
    server.say({ text: "while hidden" });
    talk.wake();
    await pass(10);
    expect(server.lines).toBe(1);
    expect(texts(talk)).toEqual(["while hidden"]);
  });

  it("starts although the server is down at first", async () => {
    server.down = true;
    const { talk } = await start();
    expect(talk.connection).toBe("waiting");
    server.down = false;
    await pass(5_000);
    expect(talk.connection).toBe("open");
    expect(talk.loaded).toBe(true);
  });

  it("makes a new session when the old one has run out", async () => {
    await start();
    server.streamStatus = [401];
    server.cut();
    await pass(5_000);
    expect(server.sessions).toBe(2);
    expect(server.lines).toBe(1);
  });
});

describe("sending", () => {
  it("keeps what cannot be sent, sends it once, in order, under the same id", async () => {
    const { talk } = await start();
    server.next = [{ answer: new TypeError("network") }, { answer: { status: 503 } }];
    talk.write("first");
    talk.write("second");
    await pass(1);
    expect(talk.unsent.map((entry) => entry.text)).toEqual(["first", "second"]);
    await pass(30_000);
    expect(texts(talk)).toEqual(["first", "second"]);
    expect(new Set(server.posts.filter((post) => post.text === "first").map((post) => post.id)).size).toBe(1);
    expect(talk.unsent).toEqual([]);
  });

  it("does not repeat a message that was stored while its answer was lost", async () => {
    const { talk } = await start();
    server.next = [{ answer: new TypeError("network"), stored: true }];
    talk.write("once");
    await pass(30_000);
    expect(texts(talk)).toEqual(["once"]);
    expect(talk.unsent).toEqual([]);
    expect(server.posts).toHaveLength(1);
  });

  it("sends after a reload what was written before", async () => {
    const lasting = new MemoryStore();
    const first = await start(lasting);
    server.down = true;
    first.talk.write("from the tunnel", "payload");
    await pass(100);
    first.talk.stop();
    server.down = false;
    const second = await start(lasting);
    expect(texts(second.talk)).toEqual(["from the tunnel"]);
    expect(server.posts.at(-1)?.choice).toBe("payload");
    expect(lasting.length).toBe(0);
  });

  it("sends what was written before there was a session", async () => {
    server.down = true;
    const { talk } = await start();
    talk.write("too early");
    server.down = false;
    await pass(5_000);
    expect(texts(talk)).toEqual(["too early"]);
  });

  it("never sends one person's words in the name of the next", async () => {
    const lasting = new MemoryStore();
    const first = await start(lasting);
    server.down = true;
    first.talk.write("private");
    await pass(100);
    first.talk.stop();
    server.down = false;
    server.conversation = "c2";
    const second = await start(lasting);
    await pass(30_000);
    expect(server.posts).toEqual([]);
    expect(second.talk.unsent).toEqual([]);
    second.talk.stop();
    server.conversation = "c1";
    await start(lasting);
    expect(server.posts.map((post) => post.text)).toEqual(["private"]);
  });

  it("sends along, in the new session, what was being sent when the old one ran out", async () => {
    server.say({ text: "old" });
    const { talk } = await start();
    server.next = [{ answer: { status: 401 } }];
    server.conversation = "c2";
    server.messages = [];
    talk.write("I need help");
    await pass(5_000);
    expect(texts(talk)).toEqual(["I need help"]);
  });

  it("asks before sending when the page turns out to show somebody else's conversation", async () => {
    server.say({ text: "of the first person" });
    const { talk } = await start();
    server.next = [{ answer: { status: 409 } }];
    server.conversation = "c2";
    server.messages = [];
    server.say({ text: "of the second person" }, false);
    talk.write("mine");
    await pass(5_000);
    expect(texts(talk)).toEqual(["of the second person"]);
    expect(talk.unsent.map((entry) => entry.status)).toEqual(["refused"]);
    expect(server.posts).toHaveLength(1);
    talk.again(talk.unsent[0]?.id ?? "");
    await pass(10);
    expect(texts(talk)).toEqual(["of the second person", "mine"]);
  });

  it("shows why a message was refused, and goes on with the next", async () => {
    const { talk } = await start();
    server.next = [{ answer: { status: 413, body: { error: { code: "AC413", message: "Too long." } } } }];
    talk.write("bad");
    talk.write("good");
    await pass(10);
    expect(texts(talk)).toEqual(["good"]);
    expect(talk.unsent[0]).toMatchObject({ text: "bad", status: "refused", problem: "Too long." });
  });

  it("waits as long as the server asks for", async () => {
    const { talk } = await start();
    server.next = [{ answer: { status: 429, headers: { "Retry-After": "20" } } }];
    talk.write("slowly");
    await pass(19_000);
    expect(server.posts).toHaveLength(1);
    await pass(2_000);
    expect(texts(talk)).toEqual(["slowly"]);
  });
});

describe("crisis", () => {
  it("shows the reply that comes with a failed send, and the stored one in its place later", async () => {
    const { talk, arrived } = await start();
    const reply = { from: "assistant", text: "Call 988.", level: "crisis" };
    server.next = [{ answer: { status: 503, body: { reply } } }, { answer: { status: 503, body: { reply } } }];
    server.replyTo = () => ({ text: "Call 988.", level: "crisis" });
    talk.write("I want to die");
    await pass(10);
    const id = talk.unsent[0]?.id ?? "";
    expect(talk.provisional(id)?.text).toBe("Call 988.");
    expect(talk.front).toBe("crisis");
    await pass(30_000);
    expect(talk.provisional(id)).toBeNull();
    expect(texts(talk)).toEqual(["I want to die", "Call 988."]);
    expect(arrived.filter((message) => message.seq === 0)).toHaveLength(1);
  });

  it("replaces the reply of a failed send by the stored one that the stream brings", async () => {
    const { talk } = await start();
    const reply = { from: "assistant", text: "Call 988.", level: "crisis" };
    server.next = [{ answer: { status: 503, body: { reply } }, stored: true }];
    talk.write("I want to die");
    await pass(10);
    server.say({ text: "Call 988.", level: "crisis" });
    await pass(10);
    expect(texts(talk)).toEqual(["I want to die", "Call 988."]);
    expect(talk.provisional(talk.messages[0]?.id ?? "")).toBeNull();
  });

  it("brings the numbers forward for a grave message and lets the person put them back", async () => {
    const { talk } = await start();
    server.say({ level: "urgent" });
    await pass(10);
    expect(talk.front).toBeNull();
    server.say({ level: "emergency" });
    await pass(10);
    expect(talk.front).toBe("emergency");
    server.stream("state", { typing: true, owner: "assistant", on_shift: true, crisis: false });
    await pass(10);
    expect(talk.front).toBe("emergency");
    talk.calm();
    expect(talk.front).toBeNull();
    server.stream("state", { typing: false, owner: "assistant", on_shift: true, crisis: true });
    await pass(10);
    expect(talk.front).toBe("crisis");
    server.stream("state", { typing: false, owner: "assistant", on_shift: true, crisis: false });
    await pass(10);
    expect(talk.front).toBeNull();
  });

  it("is still in front after a reload, unless the server says that it is over", async () => {
    server.say({ level: "crisis" });
    const { talk } = await start();
    expect(talk.front).toBe("crisis");
    server.stream("state", { typing: false, owner: "assistant", on_shift: true, crisis: false });
    await pass(10);
    expect(talk.front).toBeNull();
  });

  it("does not bring forward a message of long ago", async () => {
    server.say({ level: "crisis", at: new Date(Date.now() - 24 * 3600_000).toISOString() });
    const { talk } = await start();
    expect(talk.front).toBeNull();
  });
});

describe("a message that the server keeps", () => {
  const notice = { from: "assistant", text: "Saved, and not read yet.", level: "none", kind: "kept" };
  const kept = (reply: unknown = notice): { answer: { status: number; body: unknown } } => ({
    answer: { status: 202, body: { message: null, reply, kept: true } },
  });

  it("is shown as kept with what the server said, does not hold up the next, and gives way to the stored one", async () => {
    const { talk, arrived } = await start();
    server.next = [kept(), kept(null)];
    talk.write("can I drive");
    talk.write("and when");
    await pass(10);
    expect(talk.unsent.map((entry) => [entry.text, entry.status])).toEqual([["can I drive", "kept"], ["and when", "kept"]]);
    expect(talk.provisional(talk.unsent[0]?.id ?? "")?.text).toBe(notice.text);
    expect(arrived.map((message) => message.text)).toEqual([notice.text]);
    for (const entry of [...talk.unsent]) server.say({ id: entry.id, from: "patient", text: entry.text });
    server.say({ text: notice.text, reply_to: 1 });
    await pass(10);
    expect(talk.unsent).toEqual([]);
    expect(texts(talk)).toEqual(["can I drive", "and when", notice.text]);
    expect(talk.provisional(talk.messages[0]?.id ?? "")).toBeNull();
  });

  it("is sent again under its own id until it is stored, and shown once", async () => {
    const { talk, arrived } = await start();
    server.next = [kept(), kept()];
    talk.write("can I drive");
    await pass(10);
    const id = talk.unsent[0]?.id;
    await pass(30_000);
    expect(server.posts.map((post) => post.id)).toEqual([id, id]);
    expect(talk.unsent.map((entry) => entry.status)).toEqual(["kept"]);
    await pass(31_000);
    expect(texts(talk)).toEqual(["can I drive"]);
    expect(talk.unsent).toEqual([]);
    expect(arrived.filter((message) => message.text === notice.text)).toHaveLength(1);
  });

  it("is sent again at once when the line comes back, and after a reload", async () => {
    const lasting = new MemoryStore();
    const { talk } = await start(lasting);
    server.next = [kept(), kept()];
    talk.write("can I drive");
    await pass(10);
    server.cut();
    await pass(5_000);
    expect(server.posts).toHaveLength(2);
    talk.stop();
    const again = await start(lasting);
    await pass(10);
    expect(texts(again.talk)).toEqual(["can I drive"]);
    expect(again.talk.unsent).toEqual([]);
  });

  it("brings the numbers forward in a crisis", async () => {
    const { talk } = await start();
    server.next = [kept({ from: "assistant", text: "Call 988.", level: "crisis" })];
    talk.write("I want to die");
    await pass(10);
    expect(talk.front).toBe("crisis");
    expect(talk.unsent.map((entry) => entry.status)).toEqual(["kept"]);
  });

  it("can be written on a page that was opened while the server knew no session", async () => {
    server.away = true;
    const { talk } = await start();
    server.next = [kept(), kept(), kept(), kept(), kept()];
    talk.write("I want to die");
    await pass(10);
    expect(server.posts.map((post) => post.text)).toEqual(["I want to die"]);
    expect(talk.unsent.map((entry) => entry.status)).toEqual(["kept"]);
    server.away = false;
    server.next = [];
    await pass(60_000);
    expect(texts(talk)).toEqual(["I want to die"]);
    expect(talk.unsent).toEqual([]);
  });
});

describe("typing", () => {
  const typing = { typing: true, owner: "assistant", on_shift: true, crisis: false };

  it.each([
    ["a message", (): unknown => server.say({})],
    ["a state", (): unknown => server.stream("state", { ...typing, typing: false })],
    ["a lost line", (): unknown => server.cut()],
  ])("ends with %s", async (_, end) => {
    const { talk } = await start();
    server.stream("state", typing);
    await pass(10);
    expect(talk.typing).toBe(true);
    end();
    await pass(10);
    expect(talk.typing).toBe(false);
  });

  it("ends by itself", async () => {
    const { talk } = await start();
    server.stream("state", typing);
    for (let count = 0; count < 3; count += 1) {
      await pass(19_000);
      server.raw(": ping\n\n");
    }
    expect(talk.typing).toBe(true);
    await pass(4_000);
    expect(talk.typing).toBe(false);
  });
});
