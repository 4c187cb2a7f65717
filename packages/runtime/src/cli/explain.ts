import { failureOf, toWire } from "../base/failed.ts";
import { exitCodeOf } from "./failure-reference.ts";
import { tell } from "./tell.ts";

/** Explains on stderr why a command could not do its work. @returns The exit code. */
export function explain(error: unknown): number {
  const value = failureOf(error);
  tell(toWire(value), HEADINGS[value.code]);
  return exitCodeOf(value.code);
}

/** For messages that have a line for each problem, or a stack. */
const HEADINGS: Readonly<Record<string, string>> = {
  "bad-input": "the configuration cannot be used",
  "internal-error": "internal error",
};
