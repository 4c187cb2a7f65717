import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Failed } from "../base/failed.ts";
import { replaceFile } from "../base/replace-file.ts";
import { readText } from "../base/small-file.ts";
import type { Config } from "../config/config.ts";

/**
 * Puts entries into the agent's file of keys and tokens, beside those of other providers, for its owner only and whole
 * at every moment. Nothing is written when they are there already.
 *
 * @throws Failed `bad-auth-file` when the file is not a JSON object, because it may hold keys that are still needed; `unfit-file` when it
 * is not a file at all; `system-error` when it cannot be read or written.
 */
export async function mergeAuthFile(path: string, auth: Config["agent"]["auth"]): Promise<void> {
  if (Object.keys(auth).length === 0) return;
  const before = readText(path);
  const after = `${JSON.stringify({ ...parse(before ?? "{}", path), ...auth }, null, 2)}\n`;
  if (after === before) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceFile(path, after, { mode: 0o600 });
}

function parse(text: string, path: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // The failure below quotes nothing of the file.
  }
  throw new Failed({ code: "bad-auth-file", path });
}
