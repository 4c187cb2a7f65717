import { Session } from "node:inspector/promises";

/** Only what we wrote: the rest has its own tests. */
const OURS = /\/packages\/(?:runtime|stager)\/src\//;

/**
 * Which blocks of our code have run, as V8 counts them: the engines that npm has either have no binary for Debian 12 or are
 * no longer maintained (docs/decisions/0012-fuzzing.md).
 *
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#method-startPreciseCoverage
 */
export class Coverage implements AsyncDisposable {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#session.post("Profiler.enable");
    const precise = { callCount: true, detailed: true };
    await coverage.#session.post("Profiler.startPreciseCoverage", precise);
    return coverage;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** @returns How many blocks have run for the first time since the last call. */
  async newBlocks(): Promise<number> {
    const before = this.#seen.size;
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    for (const { url, functions } of result) {
      if (!OURS.test(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) this.#seen.add(`${url}:${startOffset}:${endOffset}`);
        }
      }
    }
    return this.#seen.size - before;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.disconnect();
  }
}
