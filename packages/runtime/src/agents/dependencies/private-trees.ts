import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { copyFolders, type StagePool } from "@sandboot/stager";
import { isReadOnlyInFact, type PackageTree } from "./package-tree.ts";

export interface PrivateTree {
  /** A folder `node_modules` that no other sandbox is led to. */
  readonly path: string;
  /** How it came to be there. */
  readonly how: "copied" | "present" | "read-only";
  readonly durationMs: number;
}

/**
 * This sandbox's own copies of package trees. The stage and the cache serve many boots; a workspace is only led to copies,
 * so that what is written there reaches neither (docs/decisions/0010-repository-packages.md says what each way costs).
 */
export class PrivateTrees {
  readonly #folder: string;
  readonly #pool: StagePool;
  readonly #used = new Set<string>();
  #made = false;

  /** @param folder - In the state folder. */
  constructor(folder: string, pool: StagePool) {
    this.#folder = folder;
    this.#pool = pool;
  }

  /** Whether a link leads into one of them. */
  contains(target: string): boolean {
    return target.startsWith(`${this.#folder}/`);
  }

  /**
   * @param original - A package tree that others use, too. It is used as it is when nobody here can write into it.
   * @param identity - Changes when the original's content does.
   */
  async of(original: PackageTree, identity: string, signal: AbortSignal): Promise<PrivateTree> {
    const startMs = performance.now();
    const took = () => performance.now() - startMs;
    const { path: source } = original;
    if (isReadOnlyInFact(source)) return { path: source, how: "read-only", durationMs: took() };
    const key = createHash("sha256").update(`${source} ${identity}`).digest("hex").slice(0, 16);
    this.#used.add(key);
    const targetDir = join(this.#folder, key);
    const path = join(targetDir, "node_modules");
    // It was moved there whole. What was changed or added since stays, for it is this sandbox's own; what was deleted
    // comes back.
    if ([...original.packages.keys()].every((name) => existsSync(join(path, name)))) {
      return { path, how: "present", durationMs: took() };
    }
    await rm(targetDir, { recursive: true, force: true });
    const folders = [{ path: "node_modules", source }];
    await copyFolders({ pool: this.#pool, targetDir, folders, signal });
    this.#made = true;
    return { path, how: "copied", durationMs: took() };
  }

  /** Removes the copies of originals that this boot did not ask for, if it has made one. */
  async sweep(): Promise<void> {
    if (!this.#made) return;
    this.#made = false;
    const names = await readdir(this.#folder);
    const left = names.filter((name) => !this.#used.has(name));
    await Promise.all(
      left.map((name) => rm(join(this.#folder, name), { recursive: true, force: true })),
    );
  }
}
