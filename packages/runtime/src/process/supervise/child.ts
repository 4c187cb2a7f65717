import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { findProgram } from "../find-program.ts";
import { listenerOn } from "../listener.ts";
import { type NotStarted, notStarted, type ProcessExit } from "../process-exit.ts";
import type { ProcessLog } from "../process-log.ts";
import { type RunningProcess, spawnProcess } from "../spawn.ts";
import type { ManagedProcessOptions, SpawnSpec, SupervisionParts } from "./options.ts";
import { type ReadinessOutcome, readinessOf } from "./readiness-of.ts";

/** One start of a managed process: the running program and its readiness probe. */
export class Child {
  readonly #process: RunningProcess;
  readonly #options: ManagedProcessOptions;
  readonly #parts: SupervisionParts;
  /** Forgets the secrets of its environment. */
  readonly #forget: () => void;
  #probing: Promise<unknown> = Promise.resolve();

  private constructor(
    process: RunningProcess,
    options: ManagedProcessOptions,
    parts: SupervisionParts,
    forget: () => void,
  ) {
    this.#process = process;
    this.#options = options;
    this.#parts = parts;
    this.#forget = forget;
  }

  /** @returns the child, or why the program could not be started. */
  static async start(
    spec: SpawnSpec,
    { niceness, log }: { readonly niceness: number; readonly log: ProcessLog },
    options: ManagedProcessOptions,
    parts: SupervisionParts,
  ): Promise<Child | NotStarted> {
    const missing = await missingProgram(spec);
    if (missing !== null) return missing;
    // Its daemons are found at a restart, also those that drop their environment. A command that is not there is left to
    // spawn(2), which says so at once.
    const lockLimits = (await findProgram(asFound(spec.command, spec), spec.env)) !== null;
    const forget = parts.redactor.learn(spec.env);
    const process = spawnProcess({ ...spec, log, niceness, lockLimits });
    if (process.pid !== 0) return new Child(process, options, parts, forget);
    const exit = await process.exited;
    forget();
    if (exit.id === "not-started") return exit;
    throw new Error(`${options.id} ended without a pid`);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves when the process itself has ended and its output is in the log. Never rejects. */
  get exited(): Promise<ProcessExit> {
    return this.#process.exited;
  }

  /** Probes the child until it is ready, has ended, or its time is over. Never rejects. */
  readiness(): Promise<ReadinessOutcome> {
    const outcome = readinessOf(this.#process, this.#options, this.#parts.timers);
    this.#probing = outcome;
    return outcome;
  }

  /** Why it does not do its work any more, as the system shows it; null when it may. */
  async lossOf(port: number | null): Promise<string | null> {
    if (!isThere(this.pid)) return "did not survive a pause";
    if (port === null) return null;
    const listener = await listenerOn(port, this.#process);
    return listener.id === "foreign" ? `lost port ${port} to another process in a pause` : null;
  }

  /** Back to normal priority, for the child and all that it started. */
  restorePriority(): Promise<void> {
    return this.#process.restorePriority();
  }

  /**
   * Ends the child and all that it started. Resolves when none of them lives and the probe has ended.
   *
   * @throws Failed `processes-survived`
   */
  async terminate(): Promise<void> {
    await this.#process.terminate(this.#parts);
    await this.#probing;
    // Nobody is left who could print them.
    this.#forget();
  }
}

/** The program that the command would start in turn, and that is not there. Its own error would look like a crash. */
async function missingProgram(spec: SpawnSpec): Promise<NotStarted | null> {
  if (spec.starts === undefined) return null;
  const command = asFound(spec.starts, spec);
  if ((await findProgram(command, spec.env)) !== null) return null;
  const isThere = command.includes("/") && existsSync(command);
  const error = Object.assign(new Error(command), { code: isThere ? "EACCES" : "ENOENT" });
  return notStarted(error, { command, cwd: spec.cwd });
}

/** A program as the child finds it, which starts in a folder of its own. */
function asFound(program: string, { cwd }: SpawnSpec): string {
  return program.includes("/") ? resolve(cwd, program) : program;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
