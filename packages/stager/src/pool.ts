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

type TaskName = keyof StageTasks;

/** A worker thread ended under a task: out of memory, or a crash of node itself. */
export class WorkerDied extends Error {
  readonly task: string;

  constructor(task: string, cause: unknown) {
    super(`the worker thread died in task "${task}"`, { cause });
    this.name = "WorkerDied";
    this.task = task;
  }
}

/**
 * Worker threads for file work. Made by whoever owns the boot and given to every function here that needs one;
 * dispose of it when the last of them has ended.
 */
export class StagePool implements AsyncDisposable {
  readonly threads: number;
  readonly #piscina: Piscina;

  constructor(options: StagePoolOptions = {}) {
    const file = options.workerFile ?? defaultWorkerFile();
    this.threads = options.maxThreads ?? Math.min(availableParallelism(), 4);
    this.#piscina = new Piscina({
      filename: typeof file === "string" ? file : fileURLToPath(file),
      // One starts at once, while its first task is still being thought of.
      minThreads: 1,
      maxThreads: this.threads,
      idleTimeout: 1_000,
      // A worker that waits for work in Atomics.wait keeps a core's timer busy and cannot be told to end.
      atomics: "disabled",
    });
  }

  /**
   * Runs one task in a worker. Tasks that can be stopped take a cancel flag: a thread is never killed under its work.
   *
   * @throws what the task threw; {@link WorkerDied} when its thread ended.
   */
  async run<Name extends TaskName>(
    name: Name,
    argument: Parameters<StageTasks[Name]>[0],
  ): Promise<Awaited<ReturnType<StageTasks[Name]>>> {
    // piscina says a worker's end only in words; its own event says it for sure.
    let died: unknown;
    const onError = (error: unknown) => {
      died = error;
    };
    this.#piscina.on("error", onError);
    try {
      return await this.#piscina.run(argument, { name });
    } catch (error) {
      const text = error instanceof Error ? error.message : "";
      const ended = died !== undefined || /worker|exit|terminat/i.test(text);
      if (ended && (error as NodeJS.ErrnoException).syscall === undefined)
        throw new WorkerDied(name, error);
      throw error;
    } finally {
      this.#piscina.off("error", onError);
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
