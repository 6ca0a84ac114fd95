import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Conversation } from "../src/conversation";
import { identityOf, inviteOfPage, isInvited, type Proof } from "../src/proof";
import { FakeServer, page, texts } from "./helpers";

let server: FakeServer;
let talk: Conversation;
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

function invite(): Proof & { times: number } {
  return { kind: "invite", value: "token", times: 0, settled() { this.times += 1; } };
}

const refusal = (code: string) => ({ status: 403, body: { error: { code, message: "This link does not work any more." } } });

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  talk = page(server).talk;
});
afterEach(() => {
  talk.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("proof of who is writing", () => {
  it("goes along when the chat is opened, once", async () => {
    const proof = invite();
    talk.prove(proof);
    talk.start();
    await pass(10);
    server.streamStatus = [401];
    server.cut();
    await pass(3_000);
    expect(server.openings).toEqual([{ invite: "token" }, {}]);
    expect([proof.times, talk.notice]).toEqual([1, ""]);
  });

  it("leaves the chat open when it is refused, and says so of a link", async () => {
    server.nextOpening = [refusal("AC215")];
    talk.prove(invite());
    talk.start();
    await pass(10);
    expect(server.openings).toEqual([{ invite: "token" }, {}]);
    expect([talk.connection, talk.notice]).toEqual(["open", "This link does not work any more."]);
  });

  it("is kept while the server cannot be reached", async () => {
    const proof = invite();
    server.nextOpening = [new TypeError("network"), { status: 503 }];
    talk.prove(proof);
    talk.start();
    await pass(10);
    expect(proof.times).toBe(0);
    await pass(5_000);
    expect(server.openings).toEqual([{ invite: "token" }, { invite: "token" }, { invite: "token" }]);
    expect(proof.times).toBe(1);
  });

  it("does not open the chat of a page that may not use it", async () => {
    server.nextOpening = [refusal("AC105")];
    talk.prove(invite());
    talk.start();
    await pass(10);
    expect([server.sessions, talk.connection, talk.notice]).toEqual([1, "waiting", ""]);
  });

  it("may come while the chat is open: what was shown before is gone", async () => {
    server.say({ text: "of a visitor" });
    talk.start();
    await pass(10);
    server.conversation = "c2";
    server.messages = [];
    talk.prove(identityOf("payload.signature"));
    await pass(2_000);
    expect(server.openings).toEqual([{}, { identity: "payload.signature" }]);
    expect([texts(talk), talk.connection]).toEqual([[], "open"]);
  });
});

describe("the link of the page", () => {
  it("is read from the fragment, and taken out of the address once it is settled", () => {
    const replaceState = vi.fn();
    vi.stubGlobal("location", { hash: "#aftercare-invite=abc-_1", pathname: "/chat/page", search: "?a=1" });
    vi.stubGlobal("history", { state: null, replaceState });
    const proof = inviteOfPage();
    expect([isInvited(), proof?.kind, proof?.value]).toEqual([true, "invite", "abc-_1"]);
    expect(replaceState).not.toHaveBeenCalled();
    proof?.settled();
    expect(replaceState).toHaveBeenCalledWith(null, "", "/chat/page?a=1");
  });

  it("is not any other fragment", () => {
    vi.stubGlobal("location", { hash: "#top" });
    expect([isInvited(), inviteOfPage()]).toEqual([false, null]);
  });
});

describe("too many chats from one connection", () => {
  const full = () => ({ status: 429, body: { error: { code: "AC111", message: "Wait." } }, headers: { "Retry-After": "30" } });

  it("waits as long as the server says", async () => {
    server.nextOpening = [full()];
    talk.start();
    await pass(29_000);
    expect(server.sessions).toBe(1);
    await pass(2_000);
    expect([server.sessions, talk.connection]).toEqual([2, "open"]);
  });

  it("lets in at once whose message the server takes: it was grave", async () => {
    server.nextOpening = [full()];
    talk.write("i want to die");
    talk.start();
    await pass(100);
    expect(server.posts.map((post) => post.text)).toEqual(["i want to die"]);
    expect([server.sessions, talk.connection, talk.unsent.length]).toEqual([2, "open", 0]);
  });

  it("keeps every other message until then", async () => {
    server.nextOpening = [full()];
    server.next = [{ answer: { status: 401 } }];
    talk.write("can i drive?");
    talk.start();
    await pass(20_000);
    expect([server.sessions, talk.unsent.length]).toEqual([1, 1]);
    await pass(12_000);
    expect([talk.unsent.length, texts(talk)]).toEqual([0, ["can i drive?"]]);
  });
});

describe("too many messages", () => {
  it("says what to do, and sends it by itself when the server lets it", async () => {
    talk.start();
    await pass(10);
    server.next = [{ answer: { status: 429, body: { error: { code: "AC111", message: "It is sent by itself in a moment." } }, headers: { "Retry-After": "20" } } }];
    talk.write("hello");
    await pass(10);
    expect(talk.unsent[0]?.problem).toBe("It is sent by itself in a moment.");
    await pass(19_000);
    expect(server.posts.length).toBe(1);
    await pass(2_000);
    expect([server.posts.length, texts(talk)]).toEqual([2, ["hello"]]);
  });
});
