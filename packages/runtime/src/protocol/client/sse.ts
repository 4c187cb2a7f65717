export interface SseMessage {
  /** The last id in the stream, which may be from an earlier message. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/**
 * Splits a text/event-stream into messages. Chunks may be cut anywhere.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class SseParser {
  #rest = "";
  #id = "";
  #event = "";
  #data: string[] = [];

  /** @returns The messages that `text` completes. */
  push(text: string): SseMessage[] {
    // A \r at the end may be the first half of \r\n.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): SseMessage | null {
    if (line === "") return this.#message();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id") this.#id = value;
    return null;
  }

  #message(): SseMessage | null {
    const message =
      this.#data.length === 0
        ? null
        : { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") };
    this.#event = "";
    this.#data = [];
    return message;
  }
}
