import type { Ending, NamedProcess, ProcessProblem, StartProblem } from "./failure.ts";
import { seconds } from "./seconds.ts";

// Predicates of sentences that begin with the name of a program or a process.

/** `ended with exit code 7` */
export function endingText(ending: Ending): string {
  switch (ending.problem) {
    case "exited":
      return `ended with exit code ${ending.exitCode}`;
    case "signalled":
      return `was ended by ${ending.signal}`;
    case "not-started":
      return `could not be started: ${startText(ending.start)}`;
    case "stopped":
      return "was stopped with the boot";
    default:
      return ending satisfies never;
  }
}

/** `was not ready within 30 s` */
export function problemText(problem: ProcessProblem): string {
  switch (problem.problem) {
    case "not-ready":
      return `was not ready within ${seconds(problem.timeoutMs)}`;
    case "wrong-port":
      return `listens on ${problem.url} and not on port ${problem.expectedPort}`;
    case "foreign-listener": {
      const { port, holder } = problem;
      const who =
        holder === null ? "a process of another user" : `${holder.command} (pid ${holder.pid})`;
      return `does not listen on port ${port}: ${who} does`;
    }
    case "unusable":
      return problem.reason;
    case "exited":
    case "signalled":
    case "not-started":
    case "stopped":
      return endingText(problem);
    default:
      return problem satisfies never;
  }
}

/** Why the restart policy gives a process up. */
export function restartsSpentText(
  { restarts, windowMs }: { readonly restarts: number; readonly windowMs: number },
  problem: ProcessProblem,
): string {
  return `restarted ${restarts} times within ${seconds(windowMs)}, and ${problemText(problem)} again`;
}

/** Why a process is given up that the configuration does not want restarted after this end. */
export function notRestartedText(problem: ProcessProblem): string {
  return `${problemText(problem)}, after which it is not restarted`;
}

/** Why the operating system did not start a program: `there is no program ttyd (ENOENT)` */
export function startText(start: StartProblem): string {
  return `${causeOfStart(start)} (${start.errno})`;
}

function causeOfStart(start: StartProblem): string {
  switch (start.why) {
    case "no-program":
      return `there is no program ${start.command}`;
    case "no-interpreter":
      return `the interpreter that the first line of ${start.command} names does not exist`;
    case "no-folder":
      return `the folder to start it in, ${start.cwd}, does not exist`;
    case "not-a-folder":
      return `the folder to start it in, ${start.cwd}, is not a folder`;
    case "not-allowed":
      return `this user may not execute ${start.command}, or not enter ${start.cwd}`;
    case "too-long":
      return "its arguments and environment are too large; Linux allows 128 KiB for one of them";
    case "other":
      return start.error;
    default:
      return start satisfies never;
  }
}

const MOST_NAMED = 10;
const LONGEST_NAME = 80;

/** `sleep 1000 (pid 7), git clone … (pid 8)` */
export function namesText(processes: readonly NamedProcess[]): string {
  const names = processes
    .slice(0, MOST_NAMED)
    .map(({ pid, command }) => `${command.slice(0, LONGEST_NAME)} (pid ${pid})`);
  const more = processes.length - names.length;
  return [...names, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
