import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { systemFailure } from "../base/failed.ts";

/**
 * Reads `KEY=VALUE` lines, or nothing when there is no such file (yet): a hook may write it.
 *
 * @throws Failed `system-error` when the file is there and cannot be read.
 */
export function readEnvFile(path: string | undefined): Record<string, string> {
  if (path === undefined) return {};
  try {
    const parsed = parseEnv(readFileSync(path, "utf8"));
    return Object.fromEntries(
      Object.entries(parsed).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw systemFailure(error, path);
  }
}
