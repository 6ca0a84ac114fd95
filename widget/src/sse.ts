/** One server-sent event. `id` is the last one given, as the format has it. */
export interface StreamEvent {
  readonly id: string;
  readonly name: string;
  readonly data: string;
}

/**
 * Reads the `text/event-stream` format (WHATWG HTML, section 9.2.6) piece by piece.
 *
 * The browser's own EventSource is not used: it hides the server's pings and the status of a refused request, and
 * without them a dead line cannot be told from a quiet one, nor an ended session from a busy server.
 */
export class SseParser {
  #rest = "";
  #id = "";
  #name = "";
  #data: string[] = [];

  /** Takes the next piece of the stream and returns the events that it completed. Comments (pings) are left out. */
  push(piece: string): StreamEvent[] {
    this.#rest += piece;
    const events: StreamEvent[] = [];
    let end: number;
    while ((end = this.#rest.search(/\r\n|\n|\r/)) >= 0) {
      // A carriage return at the very end may be half of a pair: wait for the rest.
      if (this.#rest[end] === "\r" && end === this.#rest.length - 1) break;
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + (this.#rest.startsWith("\r\n", end) ? 2 : 1));
      this.#line(line, events);
    }
    return events;
  }

  #line(line: string, events: StreamEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) {
        events.push({ id: this.#id, name: this.#name || "message", data: this.#data.join("\n") });
      }
      this.#name = "";
      this.#data = [];
      return;
    }
    if (line.startsWith(":")) return;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#name = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }
}
