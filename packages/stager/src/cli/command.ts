import { type Command, InvalidArgumentError } from "commander";
import type { StagePool } from "../pool.ts";

/** What commands share. */
export interface CommandParts {
  /** Aborts with SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Runs with worker threads that end when `work` has ended. */
  withPool<T>(work: (pool: StagePool) => Promise<T>): Promise<T>;
  /** A line (or several) for people, or a value for machines. */
  print(text: string): void;
  printJson(value: unknown): void;
  /** Makes of an action that gives back the exit code one that commander takes. */
  ending<Given extends unknown[]>(
    action: (...given: Given) => Promise<number>,
  ): (...given: Given) => Promise<void>;
}

export interface JsonFlag {
  readonly json?: boolean;
}

/** Adds one command to the program: one file in commands/, and a line in commands/index.ts. */
export type DefineCommand = (program: Command, parts: CommandParts) => void;

/**
 * Takes a path from the command line. An empty one is a variable that somebody forgot to set, and would be the folder in
 * which the command runs.
 */
export function path(value: string): string {
  if (value === "") throw new InvalidArgumentError("A path may not be empty.");
  return value;
}
