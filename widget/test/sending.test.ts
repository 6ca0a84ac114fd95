import { beforeEach, describe, expect, it } from "vitest";
import type { Message } from "../src/wire";
import { FakeServer, MemoryStore, scene, texts } from "./helpers";

const { start, pass, now } = scene();
let server: FakeServer;
beforeEach(() => {
  server = now();
});

const ours = (arrived: Message[]): string[] => arrived.filter((one) => one.from !== "patient").map((one) => one.text);

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

  it("opens at once the conversation that a grave message was let into after the session had ended", async () => {
    server.say({ text: "of the ended session" });
    const { talk, arrived } = await start();
    server.conversation = "c2";
    server.messages = [];
    const message = server.say({ id: "set below", from: "patient", text: "I want to die" }, false);
    const reply = server.say({ text: "Call 988.", level: "crisis", reply_to: 1 }, false);
    server.next = [{ answer: { status: 202, body: { message, reply, conversation: "c2" } } }];
    talk.write("I want to die");
    message.id = talk.unsent[0]?.id ?? "";
    await pass(10);
    expect(talk.key).toBe("c2");
    expect(texts(talk)).toEqual(["I want to die", "Call 988."]);
    expect(talk.unsent).toEqual([]);
    expect(talk.front).toBe("crisis");
    expect(ours(arrived)).toEqual(["Call 988."]);
    expect(server.posts).toHaveLength(1);
    server.say({ text: "A nurse reads this." });
    await pass(10);
    expect(texts(talk)).toEqual(["I want to die", "Call 988.", "A nurse reads this."]);
  });

  it("has the numbers in front also while that conversation cannot be opened yet", async () => {
    const { talk } = await start();
    server.conversation = "c2";
    server.messages = [];
    const reply = { from: "assistant", text: "Call 988.", level: "crisis" };
    server.next = [{ answer: { status: 202, body: { message: null, reply, conversation: "c2" } } }];
    server.nextOpening = [{ status: 503 }];
    talk.write("I want to die");
    await pass(10);
    expect(talk.front).toBe("crisis");
    const id = talk.unsent[0]?.id ?? "";
    expect(talk.provisional(id)?.text).toBe("Call 988.");
    server.say({ id, from: "patient", text: "I want to die" }, false);
    await pass(5_000);
    expect(texts(talk)).toEqual(["I want to die"]);
    expect(talk.front).toBe("crisis");
    expect(talk.unsent).toEqual([]);
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

  it("shows one text for somebody in danger, and tells of one, where the database stored it after all", async () => {
    const { talk, arrived } = await start();
    server.next = [kept({ from: "assistant", text: "Call 988. Staff cannot be told.", level: "crisis" })];
    talk.write("I want to die");
    await pass(10);
    server.say({ id: talk.unsent[0]?.id ?? "", from: "patient", text: "I want to die" });
    const stored = server.say({ text: "Call 988. Staff are told.", level: "crisis", reply_to: 1 });
    server.say({ text: "Are you alone?", reply_to: 1 });
    await pass(10);
    expect(texts(talk)).toEqual(["I want to die", stored.text, "Are you alone?"]);
    expect(talk.provisional(talk.messages[0]?.id ?? "")).toBeNull();
    expect(ours(arrived)).toEqual(["Call 988. Staff cannot be told.", "Are you alone?"]);
    expect(talk.unsent).toEqual([]);
  });

  it("tells of an answer that takes the place of the note that it was kept", async () => {
    const { talk, arrived } = await start();
    server.next = [kept()];
    talk.write("can I drive");
    await pass(10);
    server.say({ id: talk.unsent[0]?.id ?? "", from: "patient", text: "can I drive" });
    server.say({ text: "Not before tomorrow.", reply_to: 1 });
    await pass(10);
    expect(texts(talk)).toEqual(["can I drive", "Not before tomorrow."]);
    expect(ours(arrived)).toEqual([notice.text, "Not before tomorrow."]);
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
