import { Failed } from "../base/failed.ts";
import { isObject } from "../base/is-object.ts";
import type { Config } from "../config/config.ts";
import { changeFile } from "./restorable-file.ts";

/**
 * Puts entries into the agent's file of keys and tokens, beside those of other providers, for its owner only and whole
 * at every moment. Nothing is written when they are there already.
 *
 * @returns the call that puts back what was there.
 * @throws Failed `bad-auth-file` when the file is not a JSON object, because it may hold keys that are still needed; `unfit-file` when it
 * is not a file at all; `system-error` when it cannot be read or written.
 */
export async function mergeAuthFile(
  path: string,
  auth: Config["agent"]["auth"],
): Promise<() => Promise<void>> {
  if (Object.keys(auth).length === 0) return async () => {};
  return await changeFile(
    path,
    (before) => `${JSON.stringify({ ...parse(before ?? "{}", path), ...auth }, null, 2)}\n`,
  );
}

function parse(text: string, path: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // The failure below quotes nothing of the file.
  }
  throw new Failed({ code: "bad-auth-file", path });
}
