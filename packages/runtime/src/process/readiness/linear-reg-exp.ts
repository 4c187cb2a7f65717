import { setFlagsFromString } from "node:v8";

/**
 * A pattern of the configuration, for text that a program prints. `(a+)+$` could keep the main thread busy for ever on a line
 * of 40 characters. So V8 changes to its engine that takes linear time, as soon as a search has gone back too often. That engine
 * has no lookaround and no back references: a pattern with those can still be slow.
 *
 * @see https://v8.dev/blog/non-backtracking-regexp
 */
export function linearRegExp(source: string): RegExp {
  // For patterns that are compiled from now on.
  setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
  return new RegExp(source);
}
