import {
  type Dirent,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { copyPaths, type LegacySource, type StagePool } from "@sandboot/stager";
import { PLUGIN_PACKAGE } from "./declared.ts";

/** OpenCode's global config folder, and what the installed stage has for it. */
export interface GlobalFolder {
  readonly path: string;
  readonly seed: string;
}

const MODULES = "node_modules";

/**
 * Puts what the stage has for the global config folder there. A path that the user has there already is kept. Hooks and the
 * agent write in their home, so the folder gets copies: nothing in it leads to what other boots use.
 *
 * OpenCode installs its plugin package into the folder unless `node_modules` is there (docs/opencode-facts.md#plugin-install).
 *
 * @returns whether the packages are still to be linked.
 * @throws errors of the file system.
 */
export async function fillGlobalFolder(
  { path, seed }: GlobalFolder,
  { pool, signal }: { readonly pool: StagePool; readonly signal: AbortSignal },
): Promise<boolean> {
  const linksPackages = existsSync(join(seed, MODULES, PLUGIN_PACKAGE));
  const found = sourcesIn(seed);
  if (found.length === 0) return false;
  removeOldLinks(path, seed);
  const sources = found.filter(({ to }) => to !== MODULES || !linksPackages);
  await copyPaths({ pool, targetDir: path, sources, signal });
  return linksPackages;
}

/** File by file: one that the user has changed keeps no other from its update. What a link leads to is copied. */
function sourcesIn(folder: string, at = ""): LegacySource[] {
  return entriesOf(folder).flatMap((entry) => {
    const [from, to] = [join(folder, entry.name), join(at, entry.name)];
    if (entry.isDirectory() && to !== MODULES) return sourcesIn(from, to);
    return [{ from: realpathSync(from), to }];
  });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Versions up to 0.1 linked each name to the installed stage. */
function removeOldLinks(path: string, seed: string): void {
  for (const { name } of entriesOf(seed)) {
    const link = join(path, name);
    const isLink = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (isLink && readlinkSync(link) === join(seed, name)) unlinkSync(link);
  }
}
