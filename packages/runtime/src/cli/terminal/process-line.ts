import type { ProcessState } from "../../protocol/index.ts";
import { formatMs } from "../../report/format.ts";
import { printable } from "../../report/look.ts";

/** What a process does, in a few words: `running (pid 812)`, `failed: restarted 5 times within 60 s`. */
export function describeProcess({ status }: ProcessState): string {
  switch (status.id) {
    case "idle":
      return "not started yet";
    case "starting":
    case "running":
    case "stopping":
      return `${status.id} (pid ${status.pid})`;
    case "stopped":
      return "stopped";
    case "crashed": {
      const how =
        status.signal ?? (status.exitCode === null ? null : `exit code ${status.exitCode}`);
      return how === null ? "crashed" : `crashed (${how})`;
    }
    case "backoff":
      return `crashed; restart ${status.attempt} comes ${formatMs(status.retryAtMs - status.sinceMs)} after it`;
    case "failed":
      return `failed: ${printable(status.reason)}`;
    case "not-installed":
      return `not installed: ${printable(status.command)}`;
    default:
      return status satisfies never;
  }
}
