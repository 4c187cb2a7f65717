import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";

/** How the agent ended. */
export type AgentEnd =
  | { readonly id: "exited"; readonly exitCode: number }
  | { readonly id: "signalled"; readonly signal: NodeJS.Signals }
  | { readonly id: "not-started"; readonly error: Error };

export interface AgentProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Never rejects. */
  readonly ended: Promise<AgentEnd>;
  /** What the agent has started is the supervisor's to end. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts the agent with our folder, our environment and our standard error. */
export function startAgent([command = "", ...args]: readonly string[]): AgentProcess {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  // Writing to an agent that has just ended fails. Its end is reported anyway.
  child.stdin.on("error", () => {});
  const { promise: ended, resolve } = Promise.withResolvers<AgentEnd>();
  child.once("error", (error) => {
    if (child.pid === undefined) resolve({ id: "not-started", error });
  });
  child.once("exit", (exitCode, signal) => {
    resolve(
      signal === null ? { id: "exited", exitCode: exitCode ?? 0 } : { id: "signalled", signal },
    );
  });
  const { stdin, stdout } = child;
  return { stdin, stdout, ended, kill: (signal) => void child.kill(signal) };
}

export function describeEnd(end: AgentEnd): string {
  switch (end.id) {
    case "exited":
      return `the agent ended with exit code ${end.exitCode}`;
    case "signalled":
      return `the agent was ended by ${end.signal}`;
    case "not-started":
      return `the agent could not be started: ${end.error.message}`;
    default:
      return end satisfies never;
  }
}

/** As a shell gives it. */
export function exitCodeOf(end: AgentEnd): number {
  switch (end.id) {
    case "exited":
      return end.exitCode;
    case "signalled":
      return 128 + constants.signals[end.signal];
    case "not-started":
      return 127;
    default:
      return end satisfies never;
  }
}
