import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";

/** Path to a word that changes when what is there changes. */
export type Fingerprint = Readonly<Record<string, string>>;

/** Up to this a file is known by its content, so that one rewritten with the same text is no change. */
const HASHED_UP_TO_BYTES = 256 * 1024;

/** Runs in a worker. What goes away while it looks has no part in it. */
export function fingerprintTask(options: {
  readonly paths: readonly string[];
  readonly cancel: CancelFlag;
}): Fingerprint {
  const found: Record<string, string> = {};
  for (const path of options.paths) visit(path);
  return found;

  function visit(path: string): void {
    throwIfCancelled(options.cancel);
    try {
      look(path, lstatSync(path));
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    }
  }

  function look(path: string, stat: Stats): void {
    if (stat.isDirectory()) {
      for (const name of readdirSync(path)) visit(join(path, name));
    } else if (stat.isSymbolicLink()) {
      found[path] = `link ${readlinkSync(path)}`;
    } else if (stat.isFile() && stat.size <= HASHED_UP_TO_BYTES) {
      const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
      found[path] = `file ${hash}`;
    } else {
      found[path] = `${stat.mode} ${stat.size} ${stat.mtimeMs} ${stat.ino}`;
    }
  }
}
