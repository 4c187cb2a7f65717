import { constants } from "node:os";

/** What the process's end says (docs/exit-codes.md). */
export const exitCodes = {
  ok: 0,
  /** A required phase failed: the report and stderr name it. */
  bootFailed: 1,
  /** What a command was asked for could not be done. */
  failed: 1,
  /** Bad input: a flag, a config key, an environment value, a file. */
  badInput: 2,
  /** A fault of sandboot itself (`EX_SOFTWARE` of sysexits.h). */
  internal: 70,
  /** A signal ended the boot before it was ready: 128 + its number, as shells count. */
  interruptedBy: (signal: string): number =>
    128 + (constants.signals[signal as NodeJS.Signals] ?? constants.signals.SIGTERM),
  /** Somebody asked for the third time: as if SIGKILL had ended it. */
  killed: 128 + constants.signals.SIGKILL,
} as const;
