import { describeProcess, fillMessage, pidOf } from "../../protocol/derive/words.ts";
import type { ProcessState } from "../../protocol/index.ts";
import { printable } from "../../report/look.ts";

/** The state of a process in a few words: `running (pid 812)`, `failed: restarted 5 times within 60 s`. */
export function processLine({ status }: ProcessState): string {
  const { message, reason } = describeProcess(status);
  const pid = pidOf(status);
  const words = fillMessage(message.text, ...message.args);
  return `${words}${pid === null ? "" : ` (pid ${pid})`}${reason === null ? "" : `: ${printable(reason)}`}`;
}
