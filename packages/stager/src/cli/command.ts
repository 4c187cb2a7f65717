import { type Command, InvalidArgumentError } from "commander";
import type { StagePool } from "../pool.ts";

/** The parts that all commands use. */
export interface CommandParts {
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Runs `work` with worker threads, and ends them with it. */
  withPool<T>(work: (pool: StagePool) => Promise<T>): Promise<T>;
  /** Prints one or more lines. */
  print(text: string): void;
  printJson(value: unknown): void;
  /** Converts an action that returns an exit code to one for commander. */
  ending<Given extends unknown[]>(
    action: (...given: Given) => Promise<number>,
  ): (...given: Given) => Promise<void>;
}

export interface JsonFlag {
  readonly json?: boolean;
}

/** Adds one command to the program. A new command is one file in commands/, and a line in commands/index.ts. */
export type DefineCommand = (program: Command, parts: CommandParts) => void;

/**
 * Parses a path of the command line. Refuses an empty one: it usually comes from a variable that is not set, and would mean
 * the current folder.
 */
export function path(value: string): string {
  if (value === "") throw new InvalidArgumentError("A path may not be empty.");
  return value;
}
