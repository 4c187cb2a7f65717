import { getCompileCacheDir } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { type CancelFlag, setPaused, withCancelFlag } from "./cancel.ts";
import { sayLimit } from "./descriptors.ts";
import type { Task } from "./task.ts";
import { reviveFailure, type TaskOutcome } from "./task-outcome.ts";
import type { ThreadData } from "./thread-priority.ts";

export interface StagePoolOptions {
  /** Default: one per core, at most 4, because more do not make file work faster. */
  readonly maxThreads?: number;
  /** Niceness of the threads, 0 to 19. Default: that of the process. */
  readonly niceness?: number;
  /** The file with the task functions. Default: where the build puts it. */
  readonly workerFile?: URL | string;
}

/** A worker thread ended during a task: it was out of memory, or Node itself crashed. */
export class WorkerDied extends Error {
  readonly task: string;
  /** EMFILE when there was no file descriptor left for the thread. Node says this only in the message. */
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
 * Worker threads for file work. The caller makes one pool, passes it to every function that needs one, and disposes of it at
 * the end.
 */
export class StagePool implements AsyncDisposable {
  readonly threads: number;
  readonly #niceness: number | undefined;
  readonly #workerFile: string;
  /** Undefined while there are no threads. */
  #piscina: Piscina | undefined;
  readonly #whyGivenUp = new WeakMap<Piscina, unknown>();
  /** Of the tasks that can be cancelled. */
  readonly #underWay = new Set<CancelFlag>();
  #isPaused = false;

  constructor(options: StagePoolOptions = {}) {
    const file = options.workerFile ?? defaultWorkerFile();
    this.#workerFile = typeof file === "string" ? file : fileURLToPath(file);
    this.#niceness = options.niceness;
    this.threads = options.maxThreads ?? Math.min(availableParallelism(), 4);
    // The first thread starts now, so that it is there when the first task comes.
    this.#piscina = this.#start();
  }

  /**
   * Runs one task in a worker.
   *
   * @throws the task's error; {@link WorkerDied} when its thread ended.
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
   * Runs a task that can be cancelled by a flag. Its thread is never killed during its work.
   *
   * @throws the signal's reason when it is aborted; else as {@link run}.
   */
  async runCancellable<Argument extends { readonly cancel: CancelFlag }, Value>(
    task: Task<Argument, Value>,
    argument: Omit<Argument, "cancel">,
    signal: AbortSignal,
  ): Promise<Value> {
    signal.throwIfAborted();
    try {
      return await withCancelFlag(signal, async (cancel) => {
        if (this.#isPaused) setPaused(cancel, true);
        this.#underWay.add(cancel);
        try {
          return await this.run(task, { ...argument, cancel } as unknown as Argument);
        } finally {
          this.#underWay.delete(cancel);
        }
      });
    } catch (error) {
      // Whatever error the cancelled task had, the caller gets its own reason.
      signal.throwIfAborted();
      throw error;
    }
  }

  /** Lets the tasks of {@link runCancellable} wait between two pieces of work, until {@link resume}. */
  pause(): void {
    this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    for (const flag of this.#underWay) setPaused(flag, isPaused);
  }

  #start(): Piscina {
    const piscina = startThreads({
      filename: this.#workerFile,
      maxThreads: this.threads,
      niceness: this.#niceness,
    });
    // A thread that dies without a task is replaced silently.
    piscina.on("error", (error) => this.#giveUpWithoutThreads(piscina, error));
    return piscina;
  }

  /**
   * Gives up when threads cannot start at all: the waiting tasks fail with the reason, instead of waiting for ever. The next
   * task tries again.
   */
  #giveUpWithoutThreads(piscina: Piscina, cause: unknown): void {
    if (piscina.threads.length > 0 || this.#whyGivenUp.has(piscina)) return;
    this.#whyGivenUp.set(piscina, cause);
    if (this.#piscina === piscina) this.#piscina = undefined;
    void piscina.destroy();
  }

  /**
   * Ends the threads when their tasks have ended, because an idle thread takes as much memory as a small process. The next
   * task starts new ones.
   */
  async rest(): Promise<void> {
    const piscina = this.#piscina;
    this.#piscina = undefined;
    await piscina?.close();
  }

  /** Starts a thread, if there is none, for tasks that will come soon: a start takes longer than most tasks. */
  wake(): void {
    this.#piscina ??= this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#piscina?.destroy();
  }
}

function startThreads(options: {
  readonly filename: string;
  readonly maxThreads: number;
  readonly niceness: number | undefined;
}): Piscina {
  const { filename, maxThreads, niceness } = options;
  const workerData: ThreadData = { niceness };
  return new Piscina({
    filename,
    workerData,
    minThreads: 1,
    maxThreads,
    idleTimeout: 1_000,
    // A worker that waits for work in Atomics.wait wakes a core again and again, and cannot be told to end.
    atomics: "disabled",
    env: withCompileCache(process.env),
    // A walk through 50,000 files makes much garbage at once. It would only fill a larger young generation.
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  });
}

/** Threads use the process's compile cache only when their own environment names its folder. */
function withCompileCache(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  // The variable names the parent: Node itself adds a folder for its version and the machine.
  return folder === undefined ? env : { ...env, NODE_COMPILE_CACHE: dirname(folder) };
}

/** @see StagePool */
export function createStagePool(options?: StagePoolOptions): StagePool {
  return new StagePool(options);
}

/** Set by a bundler that gives the worker another name (scripts/release/single-file.mjs). */
declare const SANDBOOT_WORKER: string | undefined;

/** In a bundle the worker lies beside it. From source, Node strips the types of worker.ts itself. */
function defaultWorkerFile(): string {
  const bundled = typeof SANDBOOT_WORKER === "undefined" ? "stage-worker.js" : SANDBOOT_WORKER;
  const fromSource = import.meta.filename.endsWith(".ts");
  return join(import.meta.dirname, fromSource ? "worker.ts" : bundled);
}
