import { StringDecoder } from "node:string_decoder";

/** Longest line kept whole, in UTF-16 units; the rest of a longer one is dropped up to its newline (DESIGN §6). */
export const MAX_LINE_CHARS = 64 * 1024;

const CUT_MARK = "… (line cut)";

/**
 * Splits a stream of bytes into lines. UTF-8 may break anywhere between chunks; `\r\n` counts as `\n`.
 * Holds at most {@link MAX_LINE_CHARS} whatever comes, so a flood without a newline costs no memory.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #pending = "";
  /** The current line is over its bound: what comes is dropped until its newline. */
  #cutting = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk));
  }

  /** Gives the last line when it had no newline. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#pending !== "" && !this.#cutting) this.#give(this.#pending);
    this.#pending = "";
    this.#cutting = false;
  }

  #take(text: string): void {
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      this.#append(text.slice(from, at));
      if (!this.#cutting) this.#give(this.#pending);
      this.#pending = "";
      this.#cutting = false;
      from = at + 1;
    }
    this.#append(text.slice(from));
  }

  #append(text: string): void {
    if (this.#cutting) return;
    if (this.#pending.length + text.length <= MAX_LINE_CHARS) {
      this.#pending += text;
      return;
    }
    this.#give(this.#pending + text.slice(0, MAX_LINE_CHARS - this.#pending.length) + CUT_MARK);
    this.#pending = "";
    this.#cutting = true;
  }

  #give(line: string): void {
    this.#onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}
