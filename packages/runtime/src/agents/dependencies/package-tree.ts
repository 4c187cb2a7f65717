import { accessSync, constants, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { readText } from "../../base/text-file.ts";

/** A folder `node_modules`, by what can be imported from it. */
export interface PackageTree {
  /** Of the folder itself, without links. */
  readonly path: string;
  /** Folders by package name, scopes included; hidden entries (`.bin`) are left out. */
  readonly packages: ReadonlyMap<string, string>;
}

/** @returns null when there is no such folder. */
export function readPackageTree(nodeModules: string): PackageTree | null {
  let path: string;
  let names: string[];
  try {
    path = realpathSync(nodeModules);
    names = readdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
  const packages = names
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@")
        ? readdirSync(join(path, name)).map((inner) => `${name}/${inner}`)
        : [name],
    );
  return { path, packages: new Map(packages.map((name) => [name, join(path, name)])) };
}

/** The version that a package says of itself; null when it is not there, or says none. */
export function versionOf(tree: PackageTree, name: string): string | null {
  const folder = tree.packages.get(name);
  if (folder === undefined) return null;
  try {
    const { version } = JSON.parse(readText(join(folder, "package.json")) ?? "{}");
    return typeof version === "string" ? version : null;
  } catch {
    return null;
  }
}

/**
 * Whether this process cannot write into a tree, whatever it does: it lies on a file system that is mounted read-only, or
 * it is somebody else's and not open to us. To root only the first counts.
 */
export function isReadOnlyInFact(path: string): boolean {
  const user = process.geteuid?.() ?? 0;
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EROFS") return true;
    // Its owner could allow it to itself.
    return code === "EACCES" && user !== 0 && statSync(path).uid !== user;
  }
}
