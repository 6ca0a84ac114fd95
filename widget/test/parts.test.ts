import { describe, expect, it } from "vitest";
import { newId, Outbox, type Store } from "../src/outbox";
import { dial, phonePieces } from "../src/phones";
import { SseParser } from "../src/sse";
import { Timeline } from "../src/timeline";
import { readMessage, readMessages, readSession, readState } from "../src/wire";
import { CLINIC, MemoryStore, wire } from "./helpers";

const link = (text: string, known: string[] = ["988", "911", "(555) 010-0199"]): (string | null)[] =>
  phonePieces(text, known)
    .filter((piece) => piece.href !== null)
    .map((piece) => `${piece.text}=${piece.href}`);

describe("phone numbers in a message", () => {
  it.each([
    ["Call 988 or 911.", ["988=tel:988", "911=tel:911"]],
    ["Text 988 now", ["988=sms:988"]],
    ["Call or text 988", ["988=tel:988"]],
    ["Ring (555) 010-0199, please", ["(555) 010-0199=tel:5550100199"]],
    ["Poison help: 1-800-222-1222", ["1-800-222-1222=tel:18002221222"]],
    ["988lifeline.org, $988, 1988, 911.5 and 2024-911", []],
    ["https://bad.test/911?x=988@there", []],
  ])("%s", (text, expected) => expect(link(text)).toEqual(expected));

  it("loses no character", () => {
    const text = "Call 988 (day or night) or 911.\nOr (555) 010-0199.";
    expect(phonePieces(text, ["988", "911"]).map((piece) => piece.text).join("")).toBe(text);
  });

  it("dials digits only", () => expect(dial("+1 (555) 010-0199")).toBe("+15550100199"));
});

describe("the stream's format", () => {
  const all = 'id: 7\r\nevent: message\ndata: {"a":\ndata: 1}\n\n: ping\n\ndata:x\n\nevent: empty\n\n';
  const expected = [
    { id: "7", name: "message", data: '{"a":\n1}' },
    { id: "7", name: "message", data: "x" },
  ];

  it("is read whole", () => expect(new SseParser().push(all)).toEqual(expected));

  it("is read in pieces cut anywhere", () => {
    for (let size = 1; size < 9; size += 1) {
      const parser = new SseParser();
      const found = [];
      for (let at = 0; at < all.length; at += size) found.push(...parser.push(all.slice(at, at + size)));
      expect(found).toEqual(expected);
    }
  });
});

describe("reading what the server says", () => {
  it("survives anything", () => {
    for (const odd of [null, undefined, 1, "x", [], {}, { text: 5 }, { messages: [null] }]) {
      expect(readMessage(odd)).toBeNull();
      expect(readMessages(odd)).toEqual([]);
      expect(readSession(odd, CLINIC).clinic.crisisLine).toBe("988");
      expect(readState(odd).typing).toBe(false);
    }
  });

  it("takes an unknown level for one that has not been assessed, and an unknown sender for the assistant", () => {
    expect(readMessage(wire(1, { level: "new", from: "robot" }))).toMatchObject({ level: "unassessed", from: "assistant" });
  });

  it("takes a picture from the chat's own server alone", () => {
    const image = (src: unknown) => readMessage({ ...wire(1), image: { src } })?.image;
    expect(image("/chat/series.svg?seq=7")).toBe("/chat/series.svg?seq=7");
    for (const odd of ["https://bad.test/x", "//bad.test/x", "/chat/../staff", "javascript:1", 7, null]) expect(image(odd)).toBeNull();
    expect(readMessage(wire(1))?.image).toBeNull();
  });
});

describe("timeline", () => {
  const message = (seq: number, id = `m${seq}`) => readMessage(wire(seq, { id }))!;

  it("takes any order and repeats, and knows what is missing", () => {
    const line = new Timeline();
    for (const seq of [5, 9, 5, 7, 9, 6]) line.add(message(seq));
    expect(line.list().map((other) => other.seq)).toEqual([5, 6, 7, 9]);
    expect(line.gap()).toEqual({ from: 8, to: 8 });
    expect(line.settled).toBe(7);
    line.giveUp({ from: 8, to: 8 });
    expect(line.gap()).toBeNull();
    expect(line.settled).toBe(9);
  });

  it("takes an id once", () => {
    const line = new Timeline();
    expect(line.add(message(1, "same"))).toBe(true);
    expect(line.add(message(2, "same"))).toBe(false);
  });
});

describe("outbox", () => {
  const entry = { id: "a", text: "t", at: Date.now(), status: "sending" } as const;

  it("is shared by two tabs without one overwriting the other", () => {
    const shared = new MemoryStore();
    const [one, two] = [new Outbox(shared, null), new Outbox(shared, null)];
    one.bind("c", null);
    two.bind("c", null);
    one.put(entry);
    two.put({ ...entry, id: "b" });
    one.remove("a");
    const third = new Outbox(shared, null);
    third.bind("c", null);
    expect(third.entries.map((other) => other.id)).toEqual(["b"]);
    expect(third.entries[0]?.status).toBe("waiting");
  });

  it("forgets after a week, and what is damaged", () => {
    const shared = new MemoryStore();
    const box = new Outbox(shared, null);
    box.bind("c", null);
    box.put({ ...entry, at: Date.now() - 8 * 24 * 3600_000 });
    shared.setItem("aftercare.out.c.x", "{broken");
    const later = new Outbox(shared, null);
    later.bind("c", null);
    expect(later.entries).toEqual([]);
    expect(shared.length).toBe(0);
  });

  it("works where the browser stores nothing", () => {
    const blocked = {
      length: 0,
      key: () => null,
      getItem: () => null,
      setItem: () => {
        throw new Error("full");
      },
      removeItem: () => {
        throw new Error("blocked");
      },
    } satisfies Store;
    const box = new Outbox(blocked, blocked);
    box.put(entry);
    box.bind("c", null);
    expect(box.next?.id).toBe("a");
    box.remove("a");
    expect(box.next).toBeNull();
  });
});

it("makes version 4 UUIDs", () => {
  const ids = Array.from({ length: 50 }, newId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(50);
});
