import { parseEnv } from "node:util";
import { readText } from "../base/text-file.ts";

/**
 * Reads `KEY=VALUE` lines, or nothing when there is no such file (yet): a hook may write it.
 *
 * @throws Failed `unfit-file` when something else than a small file is there; `system-error` when it cannot be read.
 */
export function readEnvFile(path: string | undefined): Record<string, string> {
  if (path === undefined) return {};
  const parsed = parseEnv(readText(path) ?? "");
  return Object.fromEntries(
    Object.entries(parsed).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
