import { signalExitCode } from "../base/signal-exit-code.ts";

/** Exit codes of the process (docs/exit-codes.md). */
export const exitCodes = {
  ok: 0,
  /** A required phase failed: the report and stderr name it. */
  bootFailed: 1,
  /** A command could not do what it was asked for. */
  failed: 1,
  /** Bad input: a flag, a config key, an environment value, a file. */
  badInput: 2,
  /** A fault in sandboot itself (`EX_SOFTWARE` of sysexits.h). */
  internal: 70,
  /** A signal ended the boot before it was ready. */
  interruptedBy: signalExitCode,
  /** The third request to stop: the same code as after SIGKILL. */
  killed: signalExitCode("SIGKILL"),
} as const;
