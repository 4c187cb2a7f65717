import { getCompileCacheDir } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { type CancelFlag, withCancelFlag } from "./cancel.ts";
import { sayLimit } from "./descriptors.ts";
import type { Task } from "./task.ts";
import { reviveFailure, type TaskOutcome } from "./task-outcome.ts";

export interface StagePoolOptions {
  /** Default: one a core, at most 4: file work gains nothing from more. */
  readonly maxThreads?: number;
  /** The file with the task functions, when it does not lie where the build puts it. */
  readonly workerFile?: URL | string;
}

/** A worker thread ended under a task: out of memory, or a crash of node itself. */
export class WorkerDied extends Error {
  readonly task: string;
  /** EMFILE when there was no file descriptor left for the thread: node says so in words alone. */
  readonly code: string | undefined;

  constructor(task: string, cause: unknown) {
    const how = cause instanceof Error ? cause.message : String(cause);
    super(`the worker thread died in task "${task}": ${how}`, { cause });
    this.name = "WorkerDied";
    this.task = task;
    this.code = /EMFILE|too many open files/i.test(how) ? "EMFILE" : undefined;
  }
}

/**
 * Worker threads for file work. Made by whoever owns the boot and given to every function here that needs one;
 * dispose of it when the last of them has ended.
 */
export class StagePool implements AsyncDisposable {
  readonly threads: number;
  readonly #workerFile: string;
  /** Undefined while the threads rest. */
  #piscina: Piscina | undefined;
  readonly #whyGivenUp = new WeakMap<Piscina, unknown>();

  constructor(options: StagePoolOptions = {}) {
    const file = options.workerFile ?? defaultWorkerFile();
    this.#workerFile = typeof file === "string" ? file : fileURLToPath(file);
    this.threads = options.maxThreads ?? Math.min(availableParallelism(), 4);
    // One starts at once, while its first task is still being thought of.
    this.#piscina = this.#start();
  }

  /**
   * Runs one task in a worker.
   *
   * @throws what the task threw; {@link WorkerDied} when its thread ended.
   */
  async run<Argument, Value>({ name }: Task<Argument, Value>, argument: Argument): Promise<Value> {
    this.#piscina ??= this.#start();
    const piscina = this.#piscina;
    let outcome: TaskOutcome<Value>;
    try {
      outcome = await piscina.run(argument, { name });
    } catch (error) {
      this.#giveUpWithoutThreads(piscina, error);
      throw sayLimit(new WorkerDied(name, this.#whyGivenUp.get(piscina) ?? error));
    }
    if (outcome.ok) return outcome.value;
    throw sayLimit(reviveFailure(outcome.failure));
  }

  /**
   * Runs a task that looks at a cancel flag: a thread is never killed under its work.
   *
   * @throws the signal's reason when it aborted; else as {@link run}.
   */
  async runCancellable<Argument extends { readonly cancel: CancelFlag }, Value>(
    task: Task<Argument, Value>,
    argument: Omit<Argument, "cancel">,
    signal: AbortSignal,
  ): Promise<Value> {
    signal.throwIfAborted();
    try {
      return await withCancelFlag(signal, (cancel) =>
        this.run(task, { ...argument, cancel } as unknown as Argument),
      );
    } catch (error) {
      // Whatever it was that a cancelled task tripped over, the caller knows why: it asked for it.
      signal.throwIfAborted();
      throw error;
    }
  }

  #start(): Piscina {
    const piscina = startThreads(this.#workerFile, this.threads);
    // A thread that dies without a task is replaced, and nobody has to know.
    piscina.on("error", (error) => this.#giveUpWithoutThreads(piscina, error));
    return piscina;
  }

  /**
   * Threads that cannot even start are not started again: who still waits for one would wait for ever, and is told why
   * there is none. The next task is the next try.
   */
  #giveUpWithoutThreads(piscina: Piscina, cause: unknown): void {
    if (piscina.threads.length > 0 || this.#whyGivenUp.has(piscina)) return;
    this.#whyGivenUp.set(piscina, cause);
    if (this.#piscina === piscina) this.#piscina = undefined;
    void piscina.destroy();
  }

  /** Ends the threads when their tasks have ended: an idle one costs as much memory as a small process. The next task starts new ones. */
  async rest(): Promise<void> {
    const piscina = this.#piscina;
    this.#piscina = undefined;
    await piscina?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#piscina?.destroy();
  }
}

function startThreads(filename: string, maxThreads: number): Piscina {
  return new Piscina({
    filename,
    minThreads: 1,
    maxThreads,
    idleTimeout: 1_000,
    // A worker that waits for work in Atomics.wait keeps a core's timer busy and cannot be told to end.
    atomics: "disabled",
    env: withCompileCache(process.env),
    // A walk through 50,000 files makes much that is garbage at once: a larger nursery would only be filled.
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  });
}

/** A thread has no part in its process's compile cache, unless the thread's own environment names the folder. */
function withCompileCache(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  // What is named is the folder above: Node adds one for its version and the machine.
  return folder === undefined ? env : { ...env, NODE_COMPILE_CACHE: dirname(folder) };
}

/** @see StagePool */
export function createStagePool(options?: StagePoolOptions): StagePool {
  return new StagePool(options);
}

/** In a bundle the worker lies beside it under this name; from source, node strips the types of worker.ts itself. */
function defaultWorkerFile(): string {
  const fromSource = import.meta.filename.endsWith(".ts");
  return join(import.meta.dirname, fromSource ? "worker.ts" : "stage-worker.js");
}
