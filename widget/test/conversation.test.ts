import { beforeEach, describe, expect, it } from "vitest";
import { FakeServer, scene, texts } from "./helpers";

const { start, pass, now } = scene();
let server: FakeServer;
beforeEach(() => {
  server = now();
});

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
