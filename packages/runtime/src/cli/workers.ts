import { createStagePool, type StagePool } from "@sandboot/stager/pool";

/**
 * The pool of worker threads of a command. It starts at the first use. Whoever makes this disposes of it.
 *
 * In a file of its own, because everything that this file imports is loaded before the first thread can start.
 */
export class Workers implements AsyncDisposable {
  #pool: StagePool | undefined;

  start(): StagePool {
    this.#pool ??= createStagePool();
    return this.#pool;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]();
  }
}
