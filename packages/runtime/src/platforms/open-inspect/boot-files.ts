import { rmSync } from "node:fs";
import { appendText } from "../../base/append-text.ts";
import { replaceFileSync } from "../../base/text-file.ts";
import { boundedError, boundedTail } from "./bounds.ts";
import type { Identity } from "./repositories.ts";

/** A step of the boot as the rest of the system knows it. */
export interface Step {
  readonly phase: "sync" | "setup" | "start" | "skills" | "harness";
  readonly status: "started" | "completed" | "failed";
  readonly repository?: Identity | undefined;
  readonly elapsedMs?: number;
  readonly warning?: boolean;
  readonly detail?: string;
  readonly outputTail?: readonly string[];
}

export interface StepWarning {
  readonly scope: string;
  readonly message: string;
  readonly repository?: Identity | undefined;
}

/**
 * The files by which the bridge hears of the boot. A file has one of two shapes: warnings alone, which the bridge takes away
 * when it connects; or steps and warnings in one sequence, of which it remembers how far it has read.
 *
 * The files are written at once, so that the bridge, which may start in the next moment, finds them complete.
 */
export class BootFiles {
  readonly #path: string;
  readonly #hasSteps: boolean;
  #seq = 0;

  /** Empties what an earlier boot left. */
  constructor(
    { warnings, events }: { readonly warnings: string; readonly events: string },
    hasSteps: boolean,
  ) {
    this.#hasSteps = hasSteps;
    this.#path = hasSteps ? events : warnings;
    // How far the bridge had read in the file of the earlier boot.
    for (const path of [warnings, events, events.replace(/\.jsonl$/, ".cursor")])
      rmSync(path, { recursive: true, force: true });
    if (hasSteps) replaceFileSync(events, "");
  }

  /** @returns the step's number; null when the file has no steps. */
  step({ repository, detail, outputTail, ...step }: Step): number | null {
    if (!this.#hasSteps) return null;
    return this.#append({
      kind: "phase",
      ...step,
      ...(detail !== undefined && { detail: boundedError(detail) }),
      ...(outputTail !== undefined && { outputTail: boundedTail(outputTail) }),
      ...namesOf(repository),
    });
  }

  warn({ repository, ...warning }: StepWarning): void {
    if (this.#hasSteps) this.#append({ kind: "warning", ...warning, ...namesOf(repository) });
    else this.#write({ ...warning, ...namesOf(repository) });
  }

  #append(line: object): number {
    this.#seq += 1;
    const at = Date.now() / 1000;
    this.#write({ seq: this.#seq, ...line, at });
    return this.#seq;
  }

  #write(line: object): void {
    // Everybody may write in /tmp.
    if (appendText(this.#path, `${JSON.stringify(line)}\n`)) return;
    throw new Error(`${this.#path} is not a regular file`);
  }
}

function namesOf(repository: Identity | undefined): object {
  return repository === undefined ? {} : { repoOwner: repository.owner, repoName: repository.name };
}
