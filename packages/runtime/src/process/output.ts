import type { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { LineSampler } from "./line-sampler.ts";
import { OutputBudget } from "./output-budget.ts";
import type { OutputStream, ProcessLog } from "./process-log.ts";

/** A pipe is empty after so many turns of the event loop without data. The first may have begun before the last byte came. */
const QUIET_TURNS = 2;

/** More than a pipe or a socket holds. Output beyond this comes from processes that the ended process left behind. */
const MOST_IN_FLIGHT_BYTES = 1024 * 1024;

/** How long one process's output may take in one turn of the event loop. Signals, timers and requests come in between. */
const MOST_MS_AT_ONCE = 5;

/** How often a process that prints more than its budget gets some lines into the log. */
const CATCH_UP_MS = 250;

/** How much is read of a process in {@link PACE_MS}. Then its pipe stays full, and the process waits. */
const MOST_BYTES_IN_PACE = 2 * 1024 * 1024;
const PACE_MS = 100;

/**
 * - `sampled`: a log. What exceeds the {@link OutputBudget} is left out; a line in the log says how much.
 * - `whole`: an answer to a question of ours. Every line is needed.
 * - `exact`: the same, with lines of any length, in which each character is a byte: lists of file names.
 */
export type OutputUse = "sampled" | "whole" | "exact";

export interface ProcessOutputOptions {
  readonly log: ProcessLog;
  /** What stdout is. stderr is always a log. Default: `sampled`. */
  readonly stdout?: OutputUse | undefined;
}

interface Source {
  readonly stream: Readable;
  readonly lines: LineSampler;
}

/**
 * Reads the output of one process, line by line, into its log. However much a process prints, it gets only a small part of
 * the main thread's time (C13).
 */
export class ProcessOutput {
  readonly #sources: readonly Source[];
  /** What has been read and not yet split. While there is such, nothing more is read. */
  readonly #unsplit: { readonly source: Source; rest: Buffer }[] = [];
  #bytes = 0;
  /** The time at which the present stretch of {@link PACE_MS} began, and what was read since then. */
  #pace = { sinceMs: 0, bytes: 0 };
  /** Nothing is read until {@link #split} is called again. */
  #isBusy = false;
  /** Cancels that call. */
  #cancel = () => {};
  /** The process has ended. What it printed is read without a pause. */
  #isEnding = false;
  #catchUp: NodeJS.Timeout | undefined;

  constructor(
    streams: Readonly<Record<OutputStream, Readable>>,
    { log, stdout = "sampled" }: ProcessOutputOptions,
  ) {
    const budget = new OutputBudget(() => performance.now());
    const sourceOf = (name: OutputStream, use: OutputUse): Source => ({
      stream: streams[name],
      lines: new LineSampler(
        use === "sampled" ? budget : null,
        (line) => log.append(name, line),
        use === "exact",
      ),
    });
    this.#sources = [sourceOf("stdout", stdout), sourceOf("stderr", "sampled")];
    for (const source of this.#sources) this.#read(source);
  }

  /** How many lines are not in the log. */
  get leftOut(): number {
    return this.#sources.reduce((sum, { lines }) => sum + lines.leftOut, 0);
  }

  /**
   * Resolves when the log has everything that the process wrote before it ended. Does not wait for the pipes to close:
   * a daemon that the process left behind may hold them open for ever.
   */
  async drained(): Promise<void> {
    this.#isEnding = true;
    this.#split();
    const limit = this.#bytes + MOST_IN_FLIGHT_BYTES;
    let quiet = 0;
    for (let seen = this.#bytes; quiet < QUIET_TURNS && this.#bytes < limit; seen = this.#bytes) {
      const isRead = this.#sources.every(({ stream }) => stream.closed || stream.readableEnded);
      if (isRead && this.#unsplit.length === 0) break;
      await turn();
      quiet = this.#bytes === seen && this.#unsplit.length === 0 ? quiet + 1 : 0;
    }
    // Later output is that of a daemon.
    const last = this.#unsplit.at(-1);
    while (last !== undefined && this.#unsplit.includes(last)) await turn();
    // The process has ended, so an unfinished line stays unfinished.
    for (const { lines } of this.#sources) lines.end();
    this.#isEnding = false;
  }

  /** Closes our ends of the pipes, also when a daemon still holds the others. */
  close(): void {
    clearTimeout(this.#catchUp);
    this.#cancel();
    for (const { stream } of this.#sources) stream.destroy();
  }

  #read(source: Source): void {
    const { stream } = source;
    stream.on("data", (chunk: Buffer) => {
      this.#bytes += chunk.length;
      this.#pace.bytes += chunk.length;
      this.#unsplit.push({ source, rest: chunk });
      if (!this.#isBusy) this.#split();
    });
    stream.on("close", () => this.#endOf(source));
    // A broken pipe is nothing but the end of the output.
    stream.on("error", () => {});
  }

  /** Splits what has been read, for a moment only. While something is left, nothing is read. */
  #split(): void {
    const endMs = performance.now() + MOST_MS_AT_ONCE;
    const isEnough = () => performance.now() >= endMs;
    for (let part = this.#unsplit[0]; part !== undefined && !isEnough(); part = this.#unsplit[0]) {
      const { source, rest } = part;
      part.rest = rest.subarray(source.lines.take(rest, isEnough));
      if (part.rest.length > 0) continue;
      this.#unsplit.shift();
      if (source.stream.closed) this.#endOf(source);
    }
    if (this.#sources.some(({ lines }) => lines.isSkipping)) this.#catchUpLater();
    if (this.#unsplit.length > 0) this.#pause(0);
    else if (this.#isTooFast()) this.#pause(PACE_MS);
    else if (this.#isBusy) this.#resume();
  }

  #endOf(source: Source): void {
    if (this.#unsplit.every((part) => part.source !== source)) source.lines.end();
  }

  #isTooFast(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#pace.sinceMs >= PACE_MS) this.#pace = { sinceMs: nowMs, bytes: 0 };
    return !this.#isEnding && this.#pace.bytes >= MOST_BYTES_IN_PACE;
  }

  /** Reads nothing for so long. Meanwhile the process can fill its pipe, and no more. */
  #pause(ms: number): void {
    this.#isBusy = true;
    for (const { stream } of this.#sources) stream.pause();
    this.#cancel();
    const goOn = () => this.#split();
    if (ms === 0) {
      const next = setImmediate(goOn);
      this.#cancel = () => clearImmediate(next);
    } else {
      const next = setTimeout(goOn, ms);
      this.#cancel = () => clearTimeout(next);
    }
  }

  #resume(): void {
    this.#isBusy = false;
    this.#cancel();
    for (const { stream } of this.#sources) stream.resume();
  }

  #catchUpLater(): void {
    this.#catchUp ??= setTimeout(() => {
      this.#catchUp = undefined;
      for (const { lines } of this.#sources) lines.catchUp();
    }, CATCH_UP_MS);
  }
}
