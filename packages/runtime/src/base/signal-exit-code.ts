import { constants } from "node:os";

/** The exit code that shells give a process which a signal has ended. A name that is none counts as SIGTERM. */
export function signalExitCode(signal: string): number {
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? constants.signals.SIGTERM);
}
