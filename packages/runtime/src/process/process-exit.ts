import { existsSync } from "node:fs";
import type { Ending, StartProblem } from "../base/failure.ts";

/** How a process ended. */
export type ProcessExit =
  | { readonly id: "exited"; readonly code: number }
  | { readonly id: "signalled"; readonly signal: NodeJS.Signals }
  | NotStarted;

/** The process never ran. */
export interface NotStarted {
  readonly id: "not-started";
  readonly start: StartProblem;
}

/** What an error of the system means. ENOENT, for one, has three different causes. */
export function notStarted(
  error: NodeJS.ErrnoException,
  place: { readonly command: string; readonly cwd: string },
): NotStarted {
  return { id: "not-started", start: startProblemOf(error, place) };
}

function startProblemOf(
  { code: errno = "UNKNOWN", message }: NodeJS.ErrnoException,
  { command, cwd }: { readonly command: string; readonly cwd: string },
): StartProblem {
  switch (errno) {
    case "ENOENT":
      if (!existsSync(cwd)) return { errno, why: "no-folder", cwd };
      if (command.includes("/") && existsSync(command)) {
        return { errno, why: "no-interpreter", command };
      }
      return { errno, why: "no-program", command };
    case "ENOTDIR":
      return { errno, why: "not-a-folder", cwd };
    case "EACCES":
      return { errno, why: "not-allowed", command, cwd };
    case "E2BIG":
      return { errno, why: "too-long" };
    default:
      return { errno, why: "other", error: message };
  }
}

/** The end of a program that was to end with exit code 0, or not at all, as a failure has it. */
export function endingOf(exit: ProcessExit | { readonly id: "aborted" }): Ending {
  switch (exit.id) {
    case "exited":
      return { problem: "exited", exitCode: exit.code };
    case "signalled":
      return { problem: "signalled", signal: exit.signal };
    case "not-started":
      return { problem: "not-started", start: exit.start };
    case "aborted":
      return { problem: "stopped" };
    default:
      return exit satisfies never;
  }
}
