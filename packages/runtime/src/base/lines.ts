/** The longest line that is kept whole, in bytes. The rest of a longer line is dropped. */
export const MAX_LINE_BYTES = 64 * 1024;

/** Marks the end of a line that was cut. */
export const CUT_MARK = "… (line cut)";
const NEWLINE = 0x0a;

/**
 * Splits a stream of bytes into lines, and decodes only whole lines, so that a chunk may end within a character. This works
 * because the byte of a newline is never part of another UTF-8 character. `\r\n` counts as `\n`. When a line was overwritten
 * by a lone `\r`, as a progress bar does, its last state is given, as a terminal shows it.
 *
 * Holds at most {@link MAX_LINE_BYTES}, so that output without a newline cannot fill the memory. With `isExact` it holds a line
 * of any length.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #isExact: boolean;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** The current line was too long and its beginning has been given. The rest is dropped until its newline. */
  #cutting = false;

  /** @param isExact - Then a line is what it is, byte by byte (`latin1`): none is cut, and a `\r` is a character. */
  constructor(onLine: (line: string) => void, isExact = false) {
    this.#onLine = onLine;
    this.#isExact = isExact;
  }

  /** Whether the next byte begins a line. */
  get isBetweenLines(): boolean {
    return this.#pendingBytes === 0 && !this.#cutting;
  }

  /**
   * @param isEnough - Asked after each line. When it says yes, the rest of the chunk is not taken.
   * @returns How many bytes were taken.
   */
  push(chunk: Buffer, isEnough: () => boolean = () => false): number {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#append(chunk.subarray(from, at));
      if (!this.#cutting) this.#give("");
      this.#cutting = false;
      from = at + 1;
      if (isEnough()) return from;
    }
    this.#append(chunk.subarray(from));
    return chunk.length;
  }

  /** Gives the last line if it has no newline. */
  end(): void {
    if (this.#pendingBytes > 0) this.#give("");
    this.#cutting = false;
  }

  #append(bytes: Buffer): void {
    if (this.#cutting || bytes.length === 0) return;
    if (this.#isExact) {
      this.#keep(bytes);
      return;
    }
    const room = MAX_LINE_BYTES - this.#pendingBytes;
    this.#keep(bytes.subarray(0, room));
    if (bytes.length <= room) return;
    this.#give(CUT_MARK);
    this.#cutting = true;
  }

  #keep(bytes: Buffer): void {
    // A copy, because a slice of a few bytes would keep the whole chunk in memory.
    this.#pending.push(Buffer.from(bytes));
    this.#pendingBytes += bytes.length;
  }

  #give(mark: string): void {
    const bytes = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const whole = bytes ?? Buffer.alloc(0);
    if (this.#isExact) {
      this.#onLine(whole.toString("latin1"));
      return;
    }
    const text = (mark === "" ? whole : withoutBrokenEnd(whole)).toString("utf8");
    this.#onLine(lastState(text) + mark);
  }
}

/** Removes the first bytes of a character whose other bytes were cut off. */
function withoutBrokenEnd(bytes: Buffer): Buffer {
  const LONGEST_CHARACTER = 4;
  for (let back = 1; back <= Math.min(LONGEST_CHARACTER, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    return byte >= characterStart(back + 1) ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

/** The smallest first byte of a character with so many bytes. */
function characterStart(length: number): number {
  return [0, 0, 0xc0, 0xe0, 0xf0][length] ?? 0x100;
}

function lastState(text: string): string {
  if (!text.includes("\r")) return text;
  let end = text.length;
  while (end > 0 && text[end - 1] === "\r") end -= 1;
  return end === 0 ? "" : text.slice(text.lastIndexOf("\r", end - 1) + 1, end);
}
