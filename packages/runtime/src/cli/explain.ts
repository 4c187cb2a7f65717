import { inputProblemText } from "../base/failure-text.ts";
import { ConfigError } from "../config/errors.ts";
import { SocketTaken } from "../observe/status/socket.ts";
import { ReportUnreadable } from "../report/read-report.ts";
import { exitCodes } from "./exit-codes.ts";
import { NoBootOnRecord } from "./reports.ts";

/** Says on stderr what went wrong before anything was started, and which exit code that is. */
export function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    const lines = error.problems.map((problem) => `  ${inputProblemText(problem)}`);
    process.stderr.write(`sandboot: the configuration cannot be used\n${lines.join("\n")}\n`);
    return exitCodes.badInput;
  }
  if (error instanceof SocketTaken) {
    const advice = "end it, or give this one a stateDir of its own";
    process.stderr.write(`sandboot: ${error.message}: ${advice}\n`);
    return exitCodes.bootFailed;
  }
  if (error instanceof ReportUnreadable) {
    process.stderr.write(`sandboot: ${error.message}\n`);
    return exitCodes.badInput;
  }
  if (error instanceof NoBootOnRecord) {
    process.stderr.write(`sandboot: ${error.message}\n`);
    return exitCodes.bootFailed;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`sandboot: internal error\n${text}\n`);
  return exitCodes.internal;
}
