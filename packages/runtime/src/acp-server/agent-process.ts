import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { endingText } from "../base/process-text.ts";
import { signalExitCode } from "../base/signal-exit-code.ts";
import { endingOf, notStarted, type ProcessExit } from "../process/process-exit.ts";

export interface AgentProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Never rejects. */
  readonly ended: Promise<ProcessExit>;
  /** What the agent has started is the supervisor's to end. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts the agent with our folder, our environment and our standard error. */
export function startAgent([command = "", ...args]: readonly string[]): AgentProcess {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  // Writing to an agent that has just ended fails. Its end is reported anyway.
  child.stdin.on("error", () => {});
  const { promise: ended, resolve } = Promise.withResolvers<ProcessExit>();
  child.once("error", (error) => {
    if (child.pid === undefined) resolve(notStarted(error, { command, cwd: process.cwd() }));
  });
  child.once("exit", (code, signal) => {
    resolve(signal === null ? { id: "exited", code: code ?? 0 } : { id: "signalled", signal });
  });
  const { stdin, stdout } = child;
  return { stdin, stdout, ended, kill: (signal) => void child.kill(signal) };
}

export function describeEnd(exit: ProcessExit): string {
  return `the agent ${endingText(endingOf(exit))}`;
}

/** As a shell gives it. */
export function exitCodeOf(exit: ProcessExit): number {
  switch (exit.id) {
    case "exited":
      return exit.code;
    case "signalled":
      return signalExitCode(exit.signal);
    case "not-started":
      return 127;
    default:
      return exit satisfies never;
  }
}
