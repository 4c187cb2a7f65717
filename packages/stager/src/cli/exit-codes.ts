import { CommanderError } from "commander";
import { StageBuildError, StagePlanError } from "../build-error.ts";
import { isOutOfDescriptors } from "../descriptors.ts";
import { StageNotInstalled } from "../install/install.ts";
import { StageUnusable } from "../manifest.ts";

/** Exit codes (docs/stage.md). */
export const EXIT = { ok: 0, failed: 1, badInput: 2, internal: 70 } as const;

/** A signal ended a command before it was done. Everything that the command had begun is removed. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGTERM: 15 };

/** The exit code and the message of an error. */
export function explainError(error: unknown): { exitCode: number; message: string | null } {
  // commander has printed its message already.
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.badInput, message: null };
  }
  if (!(error instanceof Error)) return { exitCode: EXIT.internal, message: String(error) };
  const { message } = error;
  if (error instanceof Interrupted) {
    return { exitCode: 128 + (SIGNAL_NUMBERS[error.signal] ?? 0), message };
  }
  if (error instanceof StagePlanError) return { exitCode: EXIT.badInput, message };
  const isSystemError =
    (error as NodeJS.ErrnoException).syscall !== undefined || isOutOfDescriptors(error);
  const isKnown =
    error instanceof StageBuildError ||
    error instanceof StageUnusable ||
    error instanceof StageNotInstalled;
  if (isKnown || isSystemError) return { exitCode: EXIT.failed, message };
  return { exitCode: EXIT.internal, message: error.stack ?? message };
}
