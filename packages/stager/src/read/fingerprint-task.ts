import { createHash } from "node:crypto";
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
} from "node:fs";
import { join } from "node:path";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import { NEVER_WAITING } from "../small-file.ts";

/** By path, a text that changes when the file changes. */
export type Fingerprint = Readonly<Record<string, string>>;

/** Files up to this size are hashed, so that writing the same content again is not a change. */
const HASHED_UP_TO_BYTES = 256 * 1024;

/** Runs in a worker. Files that disappear in the meantime are left out. */
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
      found[path] = `file ${hashOf(path)}`;
    } else {
      found[path] = `${stat.mode} ${stat.size} ${stat.mtimeMs} ${stat.ino}`;
    }
  }
}

function hashOf(path: string): string {
  const file = openSync(path, NEVER_WAITING);
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } finally {
    closeSync(file);
  }
}
