import { beforeEach, describe, expect, it } from "vitest";
import { FakeServer, scene, texts } from "./helpers";

const { start, pass, now } = scene();
let server: FakeServer;
beforeEach(() => {
  server = now();
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
    expect(arrived.filter((message) => message.from !== "patient")).toHaveLength(1);
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
