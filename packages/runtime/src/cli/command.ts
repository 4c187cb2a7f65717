import type { Command } from "commander";
import type { Workers } from "./workers.ts";

export interface CommandParts {
  /** Threads for file work. They start at the first use. */
  readonly workers: Workers;
  /** Turns an action that returns an exit code into one that commander takes. */
  readonly ending: <Args extends readonly unknown[]>(
    action: (...args: Args) => Promise<number>,
  ) => (...args: Args) => Promise<void>;
}

/** Gives a command its arguments, flags and action. */
export type DefineCommand = (command: Command, parts: CommandParts) => void;

/** A command line that works, and what it does. */
type Example = readonly [line: string, effect: string];

export interface CommandModule {
  readonly define: DefineCommand;
  /** Shown below the flags. */
  readonly examples: readonly [Example, Example, ...Example[]];
}

/** An entry in the list of commands. A command's code is imported only when the command is used. */
export interface CommandEntry {
  readonly name: string;
  /** Its heading in `sandboot --help`. */
  readonly group: "Run" | "Inspect" | "Control" | "Explain";
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** Names the command that has a bundle of its own, so that both command lines list it in the same words (build.mjs). */
export const BOOT = {
  name: "boot",
  group: "Run",
  summary: "Boots this sandbox and supervises it until a signal ends it.",
} as const;
