import type { Clock } from "../base/clock.ts";

export type OutputStream = "stdout" | "stderr";

export interface LogEntry {
  /** Rises by one with each line of this process's log. */
  readonly seq: number;
  /** Milliseconds since the runtime's process started. */
  readonly ms: number;
  readonly stream: OutputStream;
  readonly line: string;
}

export interface ProcessLogOptions {
  readonly clock: Clock;
  /** Removes secrets from a line before it is kept. */
  readonly redactLine?: (line: string) => string;
  readonly maxLines?: number;
  /** How much text is kept, in UTF-16 units. */
  readonly maxChars?: number;
}

/** A full log drops a tenth at once, because removing one line from the front of an array costs the array's length. */
const TRIM_TO = 0.9;

/** The last lines of a process. Bounded in lines and in text, so that no output can fill the memory. */
export class ProcessLog {
  readonly #options: ProcessLogOptions;
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #entries: LogEntry[] = [];
  #chars = 0;
  #seq = 0;

  constructor(options: ProcessLogOptions) {
    this.#options = options;
  }

  /** `seq` of the newest line; 0 before the first. */
  get lastSeq(): number {
    return this.#seq;
  }

  append(stream: OutputStream, line: string): LogEntry {
    const { clock, redactLine, maxLines = 5_000, maxChars = 2_000_000 } = this.#options;
    const text = redactLine === undefined ? line : redactLine(line);
    this.#seq += 1;
    const entry: LogEntry = { seq: this.#seq, ms: clock.nowMs(), stream, line: text };
    this.#entries.push(entry);
    this.#chars += text.length;
    if (this.#entries.length > maxLines || this.#chars > maxChars) {
      this.#trim(maxLines * TRIM_TO, maxChars * TRIM_TO);
    }
    for (const listener of this.#listeners) listener(entry);
    return entry;
  }

  /** The last `count` lines, oldest first. */
  tail(count: number): readonly LogEntry[] {
    return count <= 0 ? [] : this.#entries.slice(-count);
  }

  /** The lines after `afterSeq` that are still kept. */
  entries({ afterSeq = 0 }: { readonly afterSeq?: number } = {}): readonly LogEntry[] {
    const oldest = this.#entries[0]?.seq ?? 0;
    return this.#entries.slice(Math.max(0, afterSeq - oldest + 1));
  }

  subscribe(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #trim(lines: number, chars: number): void {
    let gone = 0;
    while (this.#entries.length - gone > lines || this.#chars > chars) {
      this.#chars -= this.#entries[gone]?.line.length ?? 0;
      gone += 1;
    }
    this.#entries = this.#entries.slice(gone);
  }
}
