import type { SpawnSpec } from "./options.ts";

/**
 * What differs between two ways to start a process: the names of variables, and `command`, `args` or `cwd`. No values, because
 * they may be secrets.
 */
export function specChanges(before: SpawnSpec, after: SpawnSpec): string[] {
  const changes = (["command", "args", "cwd"] as const).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  const names = new Set([...Object.keys(before.env), ...Object.keys(after.env)]);
  return [...changes, ...[...names].filter((name) => before.env[name] !== after.env[name])];
}
