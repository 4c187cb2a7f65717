import { createStagePool, type StagePool } from "@sandboot/stager/pool";

/**
 * The one pool of worker threads of a command, started when it is first asked for; whoever makes this disposes of it.
 *
 * In a file of its own: what is imported here stands between the start of the process and that of its threads.
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
