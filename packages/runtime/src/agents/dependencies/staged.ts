import { join } from "node:path";
import { readText } from "../../base/text-file.ts";
import { allWanted, type Declared, isEmpty, MOST_LOCK_BYTES, PLUGIN_PACKAGE } from "./declared.ts";
import { type PackageTree, readPackageTree, versionOf } from "./package-tree.ts";
import { isWithin } from "./version-range.ts";

/** The packages that a config folder of the installed stage has. */
export interface Staged {
  readonly tree: PackageTree;
  readonly pluginVersion: string;
  /** Changes when the packages do. */
  readonly identity: string;
}

/** @returns null when the folder has no tree with the agent's own package. */
export function stagedIn(configDir: string): Staged | null {
  const tree = readPackageTree(join(configDir, "node_modules"));
  const pluginVersion = tree && versionOf(tree, PLUGIN_PACKAGE);
  if (tree === null || pluginVersion === null) return null;
  return { tree, pluginVersion, identity: lockOf(configDir) ?? pluginVersion };
}

/** Whether the stage's own tree has all that npm could be asked for, in versions that fit the ranges and the lockfile. */
export function isSatisfiedBy(staged: PackageTree, { wanted, lock, overrides }: Declared): boolean {
  if (isEmpty(wanted)) return true;
  if (overrides !== null) return false;
  const packages = lock.id === "present" ? lock.lock.packages : {};
  return allWanted(wanted).every(([name, spec]) => {
    const version = versionOf(staged, name);
    const locked = packages[`node_modules/${name}`]?.["version"] ?? version;
    return version !== null && locked === version && isWithin(version, spec);
  });
}

function lockOf(stagedConfigDir: string): string | null {
  try {
    return readText(join(stagedConfigDir, "package-lock.json"), { maxBytes: MOST_LOCK_BYTES });
  } catch {
    return null;
  }
}
