import { LineSplitter } from "../base/lines.ts";
import type { OutputBudget } from "./output-budget.ts";

const NEWLINE = 0x0a;

/** How much of what is left out is kept, because it may turn out to be the end of the output. */
const HELD_BYTES = 16 * 1024;

/** The lines before the end of what was left out, which are given after all. As many as a failure shows. */
const LAST_LINES = 20;

/** Says in a log that lines are missing there. */
export function leftOutText(lines: number): string {
  const count = String(lines).replace(/\B(?=(\d{3})+$)/g, ",");
  return `… ${count} ${lines === 1 ? "line" : "lines"} left out`;
}

/**
 * Splits one stream of output into lines as long as the budget lasts. After that it only counts newlines, which is a hundred
 * times as fast. {@link catchUp} gives the number of lines that were left out, and the last ones.
 */
export class LineSampler {
  readonly #budget: OutputBudget | null;
  readonly #onLine: (line: string) => void;
  readonly #splitter: LineSplitter;
  #skipped: Skipped | null = null;
  #leftOut = 0;

  /**
   * @param budget - Null when every line is needed.
   * @param isExact - See {@link LineSplitter}.
   */
  constructor(budget: OutputBudget | null, onLine: (line: string) => void, isExact = false) {
    this.#budget = budget;
    this.#onLine = onLine;
    const spend = (line: string) => {
      budget?.spend(line.length);
      onLine(line);
    };
    this.#splitter = new LineSplitter(spend, isExact);
  }

  /** Whether {@link catchUp} has something to give. */
  get isSkipping(): boolean {
    return this.#skipped !== null;
  }

  /** Lines that were left out so far. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /**
   * @param isEnough - Asked after each line. When it says yes, the rest of the chunk is not taken.
   * @returns How many bytes were taken.
   */
  take(chunk: Buffer, isEnough: () => boolean): number {
    const isSpent = () => this.#budget?.spent === true;
    if (this.#skipped !== null || (this.#splitter.isBetweenLines && isSpent())) {
      this.#skip(chunk);
      return chunk.length;
    }
    return this.#splitter.push(chunk, () => isSpent() || isEnough());
  }

  /** Gives the number of lines that were left out, and the lines before the end of what was skipped. */
  catchUp(): void {
    if (this.#skipped === null) return;
    const { lines, chunks } = this.#skipped;
    this.#skipped = null;
    const held = Buffer.concat(chunks);
    const last = held.subarray(startOfLast(held));
    const leftOut = lines - countNewlines(last);
    if (leftOut > 0) this.#onLine(leftOutText(leftOut));
    this.#leftOut += leftOut;
    this.#splitter.push(last);
  }

  /** Gives what is left, the last line also when it has no newline. */
  end(): void {
    this.catchUp();
    this.#splitter.end();
  }

  #skip(chunk: Buffer): void {
    this.#skipped ??= { lines: 0, chunks: [], bytes: 0 };
    const skipped = this.#skipped;
    skipped.lines += countNewlines(chunk);
    // A copy, because a slice would keep the whole chunk in memory.
    const kept = chunk.length > HELD_BYTES ? Buffer.from(chunk.subarray(-HELD_BYTES)) : chunk;
    skipped.chunks.push(kept);
    skipped.bytes += kept.length;
    for (let [oldest] = skipped.chunks; oldest !== undefined; [oldest] = skipped.chunks) {
      if (skipped.bytes - oldest.length < HELD_BYTES) break;
      skipped.bytes -= oldest.length;
      skipped.chunks.shift();
    }
  }
}

/** What was not split: how many lines, and the last of it. */
interface Skipped {
  lines: number;
  readonly chunks: Buffer[];
  bytes: number;
}

/** Where the last lines begin. */
function startOfLast(text: Buffer): number {
  let at = text.length;
  for (let newlines = 0; newlines <= LAST_LINES; newlines++) {
    const before = at === 0 ? -1 : text.lastIndexOf(NEWLINE, at - 1);
    // The beginning of the oldest line may be missing. That does not matter: only a very long line reaches back so far.
    if (before < 0) return 0;
    at = before;
  }
  return at + 1;
}

function countNewlines(text: Buffer): number {
  const { length } = text;
  let count = 0;
  // Without a branch: a flood of short lines would make the processor guess wrong.
  for (let at = 0; at < length; at++) count += text[at] === NEWLINE ? 1 : 0;
  return count;
}
