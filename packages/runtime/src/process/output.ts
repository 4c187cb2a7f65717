import type { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { LineSplitter } from "../base/lines.ts";
import type { OutputStream, ProcessLog } from "./process-log.ts";

/** A pipe is empty after so many turns of the event loop without data. The first may have begun before the last byte came. */
const QUIET_TURNS = 2;

/** More than a pipe or a socket holds. Output beyond this comes from processes that the ended process left behind. */
const MOST_IN_FLIGHT_BYTES = 1024 * 1024;

/** Reads the output of one process, line by line, into its log. */
export class ProcessOutput {
  readonly #streams: readonly Readable[];
  readonly #splitters: LineSplitter[] = [];
  #bytes = 0;

  constructor(streams: Readonly<Record<OutputStream, Readable>>, log: ProcessLog) {
    this.#streams = Object.values(streams);
    this.#read(streams.stdout, "stdout", log);
    this.#read(streams.stderr, "stderr", log);
  }

  /**
   * Resolves when the log has everything that the process wrote before it ended. Does not wait for the pipes to close:
   * a daemon that the process left behind may hold them open for ever.
   */
  async drained(): Promise<void> {
    const limit = this.#bytes + MOST_IN_FLIGHT_BYTES;
    let quiet = 0;
    for (let seen = this.#bytes; quiet < QUIET_TURNS && this.#bytes < limit; seen = this.#bytes) {
      if (this.#streams.every((stream) => stream.closed || stream.readableEnded)) break;
      await turn();
      quiet = this.#bytes === seen ? quiet + 1 : 0;
    }
    // The process has ended, so an unfinished line stays unfinished.
    for (const splitter of this.#splitters) splitter.end();
  }

  /** Closes our ends of the pipes, also when a daemon still holds the others. */
  close(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  #read(stream: Readable, name: OutputStream, log: ProcessLog): void {
    const splitter = new LineSplitter((line) => log.append(name, line));
    this.#splitters.push(splitter);
    stream.on("data", (chunk: Buffer) => {
      this.#bytes += chunk.length;
      splitter.push(chunk);
    });
    stream.on("close", () => splitter.end());
    // A broken pipe is nothing but the end of the output.
    stream.on("error", () => {});
  }
}
