const DRAFT = "aftercare.draft.";

/** What is being written, kept over a reload once it is known whose it is. */
export class Draft {
  text = "";
  #of: string | null = null;

  keep(text: string): void {
    this.text = text;
    try {
      if (this.#of !== null) sessionStorage.setItem(DRAFT + this.#of, text);
    } catch {
      // Blocked: the draft lives as long as the page.
    }
  }

  /** The draft of this conversation from now on. True where what was left of it may go into an empty field. */
  restore(conversation: string | null): boolean {
    if (conversation === null || conversation === this.#of) return false;
    const moved = this.#of !== null;
    this.#of = conversation;
    try {
      if (!moved && this.text === "") this.text = sessionStorage.getItem(DRAFT + conversation) ?? "";
    } catch {
      return false;
    }
    return true;
  }
}
