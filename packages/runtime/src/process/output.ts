import type { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { LineSplitter } from "../base/lines.ts";
import type { OutputStream, ProcessLog } from "./process-log.ts";

/** Turns of the event loop without data after which a pipe is empty: one may have begun before the last byte was there. */
const QUIET_TURNS = 2;

/** More than a pipe or a socket holds: what comes after that was written after the end of the process. */
const MOST_IN_FLIGHT_BYTES = 1024 * 1024;

/** The output of one process, going by lines to its log. */
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
   * Resolves when everything that the process wrote before it ended is in the log. Does not wait for the pipes' end:
   * a daemon that it left behind may hold them open for ever.
   */
  async drained(): Promise<void> {
    const limit = this.#bytes + MOST_IN_FLIGHT_BYTES;
    let quiet = 0;
    for (let seen = this.#bytes; quiet < QUIET_TURNS && this.#bytes < limit; seen = this.#bytes) {
      if (this.#streams.every((stream) => stream.closed || stream.readableEnded)) break;
      await turn();
      quiet = this.#bytes === seen ? quiet + 1 : 0;
    }
    // The process will not finish a line that it has begun.
    for (const splitter of this.#splitters) splitter.end();
  }

  /** Lets go of the pipes, whoever holds the other ends. */
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
    // A broken pipe is the end of the output, and no fault of ours.
    stream.on("error", () => {});
  }
}
