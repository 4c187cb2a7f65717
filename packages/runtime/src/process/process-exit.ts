import { existsSync } from "node:fs";
import type { Ending } from "../base/failure.ts";

/** How a process ended. */
export type ProcessExit =
  | { readonly id: "exited"; readonly code: number }
  | { readonly id: "signalled"; readonly signal: NodeJS.Signals }
  | NotStarted;

/** The process never ran. */
export interface NotStarted {
  readonly id: "not-started";
  /** `ENOENT`, `EACCES`, `E2BIG`, … */
  readonly errorCode: string;
  /** No such program exists: it is not installed, or its name is wrong. */
  readonly programMissing: boolean;
  readonly message: string;
}

/** Says what an error of the system means. ENOENT, for one, has three different causes. */
export function notStarted(
  error: NodeJS.ErrnoException,
  { command, cwd }: { readonly command: string; readonly cwd: string },
): NotStarted {
  const errorCode = error.code ?? "UNKNOWN";
  const failure = (message: string, programMissing = false): NotStarted => ({
    id: "not-started",
    errorCode,
    programMissing,
    message: `${message} (${errorCode})`,
  });
  switch (errorCode) {
    case "ENOENT":
      if (!existsSync(cwd)) return failure(`the folder to start it in, ${cwd}, does not exist`);
      if (command.includes("/") && existsSync(command)) {
        return failure(`the interpreter that the first line of ${command} names does not exist`);
      }
      return failure(`there is no program ${command}`, true);
    case "ENOTDIR":
      return failure(`the folder to start it in, ${cwd}, is no folder`);
    case "EACCES":
      return failure(`${command} may not be executed, or ${cwd} not be entered`);
    case "E2BIG":
      return failure(
        "its arguments and environment are too large; Linux allows 128 KiB for one of them",
      );
    default:
      return failure(error.message);
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
      return { problem: "not-started", reason: exit.message };
    case "aborted":
      return { problem: "stopped" };
    default:
      return exit satisfies never;
  }
}

/** The predicate of a sentence that begins with the process's name. */
export function describeExit(exit: ProcessExit): string {
  switch (exit.id) {
    case "exited":
      return `ended with exit code ${exit.code}`;
    case "signalled":
      return `was ended by ${exit.signal}`;
    case "not-started":
      return `could not be started: ${exit.message}`;
    default:
      return exit satisfies never;
  }
}
