/** Longest line kept whole, in bytes; the rest of a longer one is dropped up to its newline (DESIGN §6). */
export const MAX_LINE_BYTES = 64 * 1024;

/** Ends a line that was cut. */
export const CUT_MARK = "… (line cut)";
const NEWLINE = 0x0a;

/**
 * Splits a stream of bytes into lines. Works on bytes, because a newline's byte is never part of another UTF-8
 * character: only whole lines are decoded, wherever the chunks were cut. `\r\n` counts as `\n`; of a line that was
 * written over and over (a progress bar's lone `\r`) the last state is given, as a terminal would show it.
 *
 * Holds at most {@link MAX_LINE_BYTES} whatever comes, so a flood without a newline costs no memory.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** The current line is over its bound and was given: what comes is dropped until its newline. */
  #cutting = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#append(chunk.subarray(from, at));
      if (!this.#cutting) this.#give("");
      this.#cutting = false;
      from = at + 1;
    }
    this.#append(chunk.subarray(from));
  }

  /** Gives the last line when it had no newline. */
  end(): void {
    if (this.#pendingBytes > 0) this.#give("");
    this.#cutting = false;
  }

  #append(bytes: Buffer): void {
    if (this.#cutting || bytes.length === 0) return;
    const room = MAX_LINE_BYTES - this.#pendingBytes;
    this.#keep(bytes.subarray(0, room));
    if (bytes.length <= room) return;
    this.#give(CUT_MARK);
    this.#cutting = true;
  }

  #keep(bytes: Buffer): void {
    // A copy: a slice would hold on to the whole chunk for the sake of a few bytes.
    this.#pending.push(Buffer.from(bytes));
    this.#pendingBytes += bytes.length;
  }

  #give(mark: string): void {
    const bytes = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const whole = bytes ?? Buffer.alloc(0);
    const text = (mark === "" ? whole : withoutBrokenEnd(whole)).toString("utf8");
    this.#onLine(lastState(text) + mark);
  }
}

/** Without the first bytes of a character whose other bytes were cut off. */
function withoutBrokenEnd(bytes: Buffer): Buffer {
  const LONGEST_CHARACTER = 4;
  for (let back = 1; back <= Math.min(LONGEST_CHARACTER, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    return byte >= characterStart(back + 1) ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

/** The smallest first byte of a character of so many bytes. */
function characterStart(length: number): number {
  return [0, 0, 0xc0, 0xe0, 0xf0][length] ?? 0x100;
}

function lastState(text: string): string {
  if (!text.includes("\r")) return text;
  let end = text.length;
  while (end > 0 && text[end - 1] === "\r") end -= 1;
  return end === 0 ? "" : text.slice(text.lastIndexOf("\r", end - 1) + 1, end);
}
