import { beforeEach, describe, expect, it, vi } from "vitest";
import { Api, type Fetch } from "../src/api";
import { Keeper } from "../src/keeper";
import { Pictures } from "../src/pictures";
import { CLINIC, MemoryStore } from "./helpers";

const BASE = "https://chat.clinic.example";
const KEPT = `aftercare.session.${BASE}`;

/** A server on another origin, and a browser that keeps its cookie or does not. */
class Elsewhere {
  asked: { method: string; path: string; token: string | null; body: Record<string, unknown> }[] = [];
  cookie = false;
  away = false;

  constructor(private readonly keepsCookies: boolean) {}

  readonly fetch: Fetch = async (url, init) => {
    const path = url.slice(BASE.length);
    const token = new Headers(init.headers).get("Aftercare-Session");
    const body = init.body ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {};
    this.asked.push({ method: init.method ?? "GET", path, token, body });
    const known = this.cookie || token !== null;
    const given = body["keep"] === "page" && token === null ? { token: "page.new" } : {};
    if (path === "/chat/session") {
      if (!("token" in given)) this.cookie = this.keepsCookies;
      return this.away ? answer(503, given) : answer(200, { conversation: "c1", ...given });
    }
    if (!known) return answer(401, {});
    if (path.startsWith("/chat/series")) return new Response("<svg/>", { status: 200 });
    return this.away ? answer(503, {}) : answer(200, { messages: [] });
  };

  openings(): Record<string, unknown>[] {
    return this.asked.filter((one) => one.path === "/chat/session").map((one) => one.body);
  }
}

const answer = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });

let store: MemoryStore;

function api(server: Elsewhere): Api {
  return new Api(BASE, server.fetch, new Keeper(BASE, true, store));
}

const invite = { kind: "invite", value: "once", settled: () => undefined } as const;

beforeEach(() => {
  store = new MemoryStore();
});

describe("on a page of another origin", () => {
  it("leaves the session in the cookie where the browser keeps it", async () => {
    const server = new Elsewhere(true);
    const chat = api(server);
    expect((await chat.session(CLINIC)).conversation).toBe("c1");
    await chat.history(50);
    expect(server.openings()).toEqual([{}]);
    expect(server.asked.every((one) => one.token === null)).toBe(true);
    expect(store.length).toBe(0);
  });

  it("keeps the token itself where the cookie does not come back, and sends it with everything", async () => {
    const server = new Elsewhere(false);
    const chat = api(server);
    expect((await chat.session(CLINIC)).conversation).toBe("c1");
    await chat.history(50);
    expect(server.openings()).toEqual([{}, { keep: "page" }]);
    expect(server.asked.at(-1)?.token).toBe("page.new");
    expect(store.getItem(KEPT)).toBe("page.new");
    // Opened again: no new attempt with cookies.
    const again = new Elsewhere(false);
    await api(again).session(CLINIC);
    expect(again.asked).toMatchObject([{ path: "/chat/session", token: "page.new", body: { keep: "page" } }]);
  });

  it("uses no link up before it is known how the session is kept", async () => {
    const server = new Elsewhere(false);
    await api(server).session(CLINIC, invite);
    expect(server.openings()).toEqual([{}, { invite: "once", keep: "page" }]);
    const keeps = new Elsewhere(true);
    store = new MemoryStore();
    await api(keeps).session(CLINIC, invite);
    expect(keeps.openings()).toEqual([{}, { invite: "once" }]);
  });

  it("gets a token from a server whose database is away, too", async () => {
    const server = new Elsewhere(false);
    server.away = true;
    await expect(api(server).session(CLINIC)).rejects.toMatchObject({ status: 503 });
    expect(store.getItem(KEPT)).toBe("page.new");
  });

  it("takes no token that it did not ask for", async () => {
    const keeper = new Keeper(BASE, true, store);
    keeper.found(true);
    keeper.keep("page.planted");
    expect(keeper.token).toBeNull();
    expect(store.length).toBe(0);
  });

  it("goes on without storage for as long as it is open", async () => {
    const server = new Elsewhere(false);
    const chat = new Api(BASE, server.fetch, new Keeper(BASE, true, null));
    await chat.session(CLINIC);
    await chat.history(50);
    expect(server.asked.at(-1)?.token).toBe("page.new");
  });

  it("fetches pictures with the token, once", async () => {
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:1", revokeObjectURL: () => undefined }));
    const server = new Elsewhere(false);
    const chat = api(server);
    await chat.session(CLINIC);
    let drawn = 0;
    const pictures = new Pictures(chat, () => (drawn += 1));
    expect(pictures.address("/chat/series.svg?seq=3")).toBeNull();
    await vi.waitFor(() => expect(drawn).toBe(1));
    expect(pictures.address("/chat/series.svg?seq=3")).toBe("blob:1");
    expect(server.asked.filter((one) => one.path.startsWith("/chat/series"))).toMatchObject([{ token: "page.new" }]);
    vi.unstubAllGlobals();
  });
});

describe("on a page of the same origin", () => {
  it("nothing is tried, and no token taken", async () => {
    const server = new Elsewhere(true);
    const chat = new Api(BASE, server.fetch, new Keeper(BASE, false, store));
    await chat.session(CLINIC);
    chat.keeper.keep("page.planted");
    expect(server.openings()).toEqual([{}]);
    expect(chat.keeper.token).toBeNull();
  });
});
