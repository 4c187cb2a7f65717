import type { NotStarted, ProcessExit } from "../process-exit.ts";
import type { ProcessLog } from "../process-log.ts";
import { type RunningProcess, spawnProcess } from "../spawn.ts";
import type { ManagedProcessOptions, SpawnSpec, SupervisionParts } from "./options.ts";
import { type ReadinessOutcome, readinessOf } from "./readiness-of.ts";

/** One start of a managed process: the program, and who asks it whether it is ready. */
export class Child {
  readonly #process: RunningProcess;
  readonly #options: ManagedProcessOptions;
  readonly #parts: SupervisionParts;
  #probing: Promise<unknown> = Promise.resolve();

  private constructor(
    process: RunningProcess,
    options: ManagedProcessOptions,
    parts: SupervisionParts,
  ) {
    this.#process = process;
    this.#options = options;
    this.#parts = parts;
  }

  /** @returns How it did not start, when it did not. */
  static async start(
    spec: SpawnSpec,
    { lowPriority, log }: { readonly lowPriority: boolean; readonly log: ProcessLog },
    options: ManagedProcessOptions,
    parts: SupervisionParts,
  ): Promise<Child | NotStarted> {
    parts.redactor.learn(spec.env);
    const process = spawnProcess({ ...spec, log, lowPriority });
    if (process.pid !== 0) return new Child(process, options, parts);
    const exit = await process.exited;
    if (exit.id === "not-started") return exit;
    throw new Error(`${options.id} ended without a pid`);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Settles when the process itself has ended and what it printed is in the log; never rejects. */
  get exited(): Promise<ProcessExit> {
    return this.#process.exited;
  }

  /** Asks it until it is ready, its time is over or it has ended; never rejects. */
  readiness(): Promise<ReadinessOutcome> {
    const asked = readinessOf(this.#process, this.#options, this.#parts.timers);
    this.#probing = asked;
    return asked;
  }

  /** Gives it, and all it started, the priority of others. */
  restorePriority(): Promise<void> {
    return this.#process.restorePriority();
  }

  /**
   * Ends it and all it started; resolves when none of it lives and nobody asks it any more.
   *
   * @throws ProcessesSurvived
   */
  async terminate(): Promise<void> {
    await this.#process.terminate(this.#parts);
    await this.#probing;
  }
}
