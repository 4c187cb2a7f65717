/** How much output of one process is read line by line. Beyond that it is sampled. */
const BURST = { lines: 10_000, bytes: 1024 * 1024 };
const PER_SECOND = { lines: 500, bytes: 128 * 1024 };

/**
 * What one process may still print in full: a bucket of lines and one of bytes, which fill up again slowly. Each line costs
 * the main thread some 20 µs (redaction, events, the event log, the terminal), so a program that prints for ever would
 * otherwise take all of its time.
 */
export class OutputBudget {
  readonly #nowMs: () => number;
  #atMs: number;
  #lines = BURST.lines;
  #bytes = BURST.bytes;

  /** @param nowMs - A monotonic clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#atMs = nowMs();
  }

  spend(bytes: number): void {
    this.#refill();
    this.#lines -= 1;
    this.#bytes -= bytes;
  }

  get spent(): boolean {
    this.#refill();
    return this.#lines < 1 || this.#bytes < 1;
  }

  #refill(): void {
    const nowMs = this.#nowMs();
    const seconds = (nowMs - this.#atMs) / 1000;
    this.#atMs = nowMs;
    this.#lines = Math.min(BURST.lines, this.#lines + seconds * PER_SECOND.lines);
    this.#bytes = Math.min(BURST.bytes, this.#bytes + seconds * PER_SECOND.bytes);
  }
}
