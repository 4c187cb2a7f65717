import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { copyFolders, type StagePool } from "@sandboot/stager";
import { isReadOnlyInFact, type PackageTree } from "./package-tree.ts";

/** A package tree that no other sandbox is led to, and how it came to be there. */
export interface PrivateTree extends PackageTree {
  readonly how: "copied" | "present" | "read-only";
}

export interface CopyOptions {
  /** Threads that copy. */
  readonly pool: StagePool;
  readonly signal: AbortSignal;
}

/**
 * This sandbox's own copies of package trees. The stage and the cache serve many boots; a workspace is only led to copies,
 * so that what is written there reaches neither (docs/decisions/0010-repository-packages.md says what each way costs).
 */
export class PrivateTrees {
  readonly #folder: string;
  /** Folders of the copies that this boot has been given. */
  readonly #given = new Set<string>();

  /** @param folder - In the state folder. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The whole of a tree, if this sandbox has it without copying now: from an earlier copy, or because nobody here can write
   * into the original.
   */
  #find(original: PackageTree, identity: string): PrivateTree | null {
    if (isReadOnlyInFact(original.path)) return { ...original, how: "read-only" };
    const place = this.#placeOf(original, identity, null);
    if (!isThere(place)) return null;
    this.#given.add(place.targetDir);
    return { ...place, how: "present" };
  }

  /**
   * Gives the same answer to the same request for as long as this boot lasts: links that the agent has read stay as they
   * are, also when the whole tree has been copied since.
   *
   * @param original - A package tree that others use, too. It is used as it is when nobody here can write into it.
   * @param identity - Changes when the original's content does.
   * @param only - The packages that are wanted; null for all of them.
   */
  async of(
    original: PackageTree,
    identity: string,
    only: ReadonlySet<string> | null,
    { pool, signal }: CopyOptions,
  ): Promise<PrivateTree> {
    const whole = this.#find(original, identity);
    if (whole?.how === "read-only") return whole;
    const place = this.#placeOf(original, identity, only);
    if (whole !== null && !this.#given.has(place.targetDir)) return whole;
    this.#given.add(place.targetDir);
    // It was moved there whole. What was changed or added since stays, for it is this sandbox's own; what was deleted
    // comes back.
    if (isThere(place)) return { ...place, how: "present" };
    await rm(place.targetDir, { recursive: true, force: true });
    const folders =
      only === null
        ? [{ path: "node_modules", source: original.path }]
        : [...place.packages.keys()].map((name) => ({
            path: `node_modules/${name}`,
            source: original.packages.get(name) ?? "",
          }));
    await copyFolders({ pool, targetDir: place.targetDir, folders, signal });
    return { ...place, how: "copied" };
  }

  /** Removes copies that this boot did not ask for. */
  async sweep(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const left = names.filter((name) => !this.#given.has(join(this.#folder, name)));
    await Promise.all(
      left.map((name) => rm(join(this.#folder, name), { recursive: true, force: true })),
    );
  }

  #placeOf(original: PackageTree, identity: string, only: ReadonlySet<string> | null): Place {
    const names = [...original.packages.keys()].filter((name) => only?.has(name) !== false);
    const parts = [original.path, identity, ...(only === null ? [] : ["only", ...names])];
    const key = createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
    const targetDir = join(this.#folder, key);
    const path = join(targetDir, "node_modules");
    return { targetDir, path, packages: new Map(names.map((name) => [name, join(path, name)])) };
  }
}

interface Place extends PackageTree {
  readonly targetDir: string;
}

function isThere({ packages }: Place): boolean {
  return [...packages.values()].every((path) => existsSync(path));
}
