import type { Command } from "commander";
import type { Workers } from "./workers.ts";

export interface CommandParts {
  /** Threads for file work; they start when they are first asked for. */
  readonly workers: Workers;
  /** Makes of an action that returns an exit code one as commander wants it. */
  readonly ending: <Args extends readonly unknown[]>(
    action: (...args: Args) => Promise<number>,
  ) => (...args: Args) => Promise<void>;
}

/** Gives a command its arguments and flags, and says what it does. */
export type DefineCommand = (command: Command, parts: CommandParts) => void;

/** A line of the list of commands. What stands in {@link CommandEntry.load} is only imported when it is asked for. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly define: DefineCommand }>;
}

/** Names the command that has a bundle of its own, so that both command lines list it in the same words (build.mjs). */
export const BOOT = {
  name: "boot",
  summary: "boot this sandbox and stay until a signal ends it",
} as const;
