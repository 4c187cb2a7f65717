import { utimesSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { lockFolder } from "@sandboot/stager";
import { makeFolder } from "../../base/folder.ts";
import { randomId } from "../../base/random.ts";
import { readSmallFile } from "../../base/text-file.ts";

/** Written into an entry last. */
const RECORD = "entry.json";

/** What another machine has begun here and not ended in this time is nobody's any more. */
const ABANDONED_MS = 60 * 60 * 1000;

/** Made below this name; the host tells containers that share the folder apart, whose locks do not meet. */
const BEGUN = ".new-";

/**
 * Installed packages by key. Boots at the same time may share the folder: an entry is made beside its place and moved
 * there whole, by one boot on this machine while the others wait. An entry never changes, and no workspace is linked to it.
 */
export class DependencyCache {
  readonly #folder: string;
  readonly #maxBytes: number;

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** An entry's folder, or null when there is none. */
  find(key: string): string | null {
    const path = join(this.#folder, key);
    if (readSmallFile(join(path, RECORD)).id !== "text") return null;
    touch(path);
    return path;
  }

  /**
   * Makes an entry unless another boot has done so meanwhile.
   *
   * @param make - Fills an empty folder; false when that is nothing to keep.
   * @returns The entry's folder; null when there is nothing to keep.
   */
  async add(
    key: string,
    make: (folder: string) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<string | null> {
    makeFolder(this.#folder);
    const path = join(this.#folder, key);
    const mine = `${BEGUN}${key}-${hostname()}`;
    await using _lock = await lockFolder(path, signal);
    const there = this.find(key);
    if (there !== null) return there;
    // Only a boot that was killed can have left it: the lock is ours.
    const fresh = join(this.#folder, mine);
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh);
    try {
      if (!(await make(fresh))) return null;
      const bytes = await bytesBelow(fresh);
      await writeFile(join(fresh, RECORD), `${JSON.stringify({ schemaVersion: 1, key, bytes })}\n`);
      await moveTo(fresh, path);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
    await this.#evict(key);
    return path;
  }

  /** Removes what was used longest ago, until the rest fits; the entry `kept` stays in any case. */
  async #evict(kept: string): Promise<void> {
    const entries = await Promise.all(
      (await readdir(this.#folder)).map((name) => this.#look(name)),
    );
    const known = entries.filter((entry) => entry !== null).sort((a, b) => b.usedMs - a.usedMs);
    let total = 0;
    for (const { name, bytes, begun, usedMs } of known) {
      if (begun) {
        if (Date.now() - usedMs > ABANDONED_MS) await this.#remove(name);
        continue;
      }
      total += bytes;
      if (total > this.#maxBytes && name !== kept) await this.#remove(name);
    }
  }

  async #look(name: string) {
    const path = join(this.#folder, name);
    const found = await stat(path).catch(() => null);
    if (found === null || !found.isDirectory()) return null;
    const record = readSmallFile(join(path, RECORD));
    const bytes = record.id === "text" ? Number(JSON.parse(record.text).bytes) || 0 : 0;
    return { name, bytes, usedMs: found.mtimeMs, begun: name.startsWith(BEGUN) };
  }

  /** At one moment for whoever looks for it. */
  async #remove(name: string): Promise<void> {
    const aside = join(this.#folder, `${BEGUN}evicted-${randomId()}`);
    await rename(join(this.#folder, name), aside).catch(() => {});
    await rm(aside, { recursive: true, force: true });
  }
}

/** Another container may have been first: then its entry is as good. */
async function moveTo(fresh: string, path: string): Promise<void> {
  try {
    await rename(fresh, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // A cache that may only be read is not cleared by us, either.
  }
}

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
