import type { Api } from "./api";

/** The pictures of messages. A page that keeps its own token has to fetch them: a picture's address carries no header. */
export class Pictures {
  #fetched = new Map<string, string | null>();

  constructor(
    private readonly api: Api,
    private readonly changed: () => void,
  ) {}

  /** Where a picture (a path of the server's) can be had; null where there is none, or not yet. */
  address(path: string | null): string | null {
    if (path === null) return null;
    if (!this.api.keeper.byPage) return this.api.base + path;
    const known = this.#fetched.get(path);
    if (known !== undefined) return known;
    this.#fetched.set(path, null);
    void this.#fetch(path);
    return null;
  }

  /** Gives back what was fetched: another conversation is shown. */
  clear(): void {
    for (const address of this.#fetched.values()) if (address !== null) URL.revokeObjectURL(address);
    this.#fetched.clear();
  }

  async #fetch(path: string): Promise<void> {
    try {
      const address = URL.createObjectURL(await this.api.picture(path));
      if (!this.#fetched.has(path)) return URL.revokeObjectURL(address);
      this.#fetched.set(path, address);
      this.changed();
    } catch {
      // The words of the message say the same. It is tried again when the page is opened anew.
    }
  }
}
