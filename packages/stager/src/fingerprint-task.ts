import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** Path to a word that changes when what is there changes. */
export type Fingerprint = Readonly<Record<string, string>>;

/** Up to this a file is known by its content, so that one rewritten with the same text is no change; bytes. */
const HASHED_UP_TO_BYTES = 256 * 1024;

/** Runs in a worker. */
export async function fingerprintTask({
  paths,
}: {
  readonly paths: readonly string[];
}): Promise<Fingerprint> {
  const found: Record<string, string> = {};
  await Promise.all(paths.map((path) => visit(path, found)));
  return found;
}

async function visit(path: string, found: Record<string, string>): Promise<void> {
  let stat: Awaited<ReturnType<typeof lstat>>;
  try {
    stat = await lstat(path, { bigint: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return;
    throw error;
  }
  if (stat.isSymbolicLink()) {
    found[path] = `link ${await readlink(path)}`;
  } else if (stat.isDirectory()) {
    const names = await readdir(path);
    await Promise.all(names.map((name) => visit(join(path, name), found)));
  } else if (stat.isFile() && stat.size <= HASHED_UP_TO_BYTES) {
    found[path] = `file ${createHash("sha256")
      .update(await readFile(path))
      .digest("hex")}`;
  } else {
    found[path] = `${stat.mode} ${stat.size} ${stat.mtimeMs} ${stat.ino}`;
  }
}
