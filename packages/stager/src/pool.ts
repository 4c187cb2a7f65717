import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import type { StageTasks } from "./worker.ts";

export interface StagePoolOptions {
  /** Default: one a core, at most 4: file work gains nothing from more. */
  readonly maxThreads?: number;
  /** The file with the task functions, when it does not lie where the build puts it. */
  readonly workerFile?: URL | string;
}

export type TaskName = keyof StageTasks;

/**
 * Worker threads for file work. Made by whoever owns the boot and given to every function here that needs one;
 * dispose of it when the last of them has ended.
 */
export class StagePool implements AsyncDisposable {
  readonly #piscina: Piscina;

  constructor(options: StagePoolOptions = {}) {
    const file = options.workerFile ?? defaultWorkerFile();
    const maxThreads = options.maxThreads ?? Math.min(availableParallelism(), 4);
    this.#piscina = new Piscina({
      filename: typeof file === "string" ? file : fileURLToPath(file),
      // One starts at once, while its first task is still being thought of.
      minThreads: 1,
      maxThreads,
      idleTimeout: 1_000,
      // A worker that waits for work by Atomics.wait cannot be interrupted, and keeps the process alive.
      atomics: "disabled",
    });
  }

  get threads(): number {
    return this.#piscina.options.maxThreads;
  }

  /**
   * Runs one task in a worker.
   *
   * @throws what the task threw; an error that names the task when its worker died; an AbortError when `signal` aborts.
   */
  async run<Name extends TaskName>(
    name: Name,
    argument: Parameters<StageTasks[Name]>[0],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Awaited<ReturnType<StageTasks[Name]>>> {
    try {
      return await this.#piscina.run(argument, { name, signal: options.signal ?? null });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw error instanceof Error &&
        /Worker|worker/.test(error.message) &&
        !("code" in error && error.code === "ENOENT")
        ? new Error(`the worker died in task "${name}"`, { cause: error })
        : error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#piscina.destroy();
  }
}

/** @see StagePool */
export function createStagePool(options?: StagePoolOptions): StagePool {
  return new StagePool(options);
}

/** In a bundle the worker lies beside it under this name; from source, node strips the types of worker.ts itself. */
function defaultWorkerFile(): URL {
  const fromSource = import.meta.url.endsWith(".ts");
  return new URL(fromSource ? "./worker.ts" : "./stage-worker.js", import.meta.url);
}
