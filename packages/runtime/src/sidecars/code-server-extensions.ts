import { lstat, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exists } from "../base/exists.ts";
import { causeOf } from "../base/failed.ts";
import { makeFolder } from "../base/folder.ts";
import { readText, replaceFile } from "../base/text-file.ts";
import { removeAbandoned, unfinishedName } from "../base/unfinished.ts";
import type { Warn } from "./sidecar.ts";
import { unpackVsix } from "./vsix.ts";

export interface ExtensionOptions {
  /** VSIX files and folders of unpacked extensions. */
  readonly sources: readonly string[];
  /** Where code-server looks for extensions. */
  readonly extensionsDir: string;
  /** Where VSIX files are unpacked. */
  readonly store: string;
  readonly warn: Warn;
}

/** A row of `extensions.json`; only the fields that we need. */
interface ListedExtension {
  readonly identifier: { readonly id: string };
  readonly relativeLocation?: string;
}

interface Manifest {
  /** `publisher.name`, in lower case, as VS Code compares. */
  readonly id: string;
  readonly version: string;
}

/**
 * Gives code-server extensions, as links in its folder of extensions. Without an `extensions.json` code-server finds every
 * extension in that folder. With one, it finds only those that the file lists (VS Code's `extensionsProfileScannerService`),
 * so rows are added. An extension that the user has installed is kept, whatever its version. An extension that cannot be
 * linked is a warning, and no failure.
 */
export async function linkExtensions(options: ExtensionOptions): Promise<void> {
  const { sources, extensionsDir, store, warn } = options;
  if (sources.length === 0) return;
  makeFolder(extensionsDir);
  const list = readList(extensionsDir, warn);
  const rows = new Map((list ?? []).map((row) => [row.identifier.id.toLowerCase(), row]));
  const used = new Set<string>();
  for (const source of sources) {
    try {
      const folder = source.endsWith(".vsix") ? await unpackVsix(source, store) : source;
      used.add(folder);
      const manifest = readManifest(folder);
      const listed = rows.get(manifest.id)?.relativeLocation;
      if (listed !== undefined && !(await isGoneOrLink(join(extensionsDir, listed)))) continue;
      const name = `${manifest.id}-${manifest.version}`;
      if (!(await link(folder, join(extensionsDir, name)))) continue;
      if (listed !== undefined && listed !== name)
        await rm(join(extensionsDir, listed), { force: true });
      rows.set(manifest.id, rowOf(manifest, extensionsDir, name));
    } catch (error) {
      warn({ code: "extension-missing", extension: source, cause: causeOf(error) });
    }
  }
  if (list !== null) await replaceFile(listOf(extensionsDir), JSON.stringify([...rows.values()]));
  await removeAbandoned(extensionsDir);
  // What could not be unpacked now may be there from before.
  if (used.size === sources.length) await removeUnused(options, used);
}

/** Removes extensions that were unpacked for earlier boots, of an older image, and the links to them. */
async function removeUnused(
  { extensionsDir, store }: ExtensionOptions,
  used: ReadonlySet<string>,
): Promise<void> {
  for (const folder of await extensionsIn(store)) {
    if (!used.has(folder)) await rm(folder, { recursive: true, force: true });
  }
  for (const path of await extensionsIn(extensionsDir)) {
    const target = await readlink(path).catch(() => null);
    if (target !== null && dirname(target) === store && !(await exists(target))) await rm(path);
  }
}

/** The extensions in a folder: unpacked extensions and VSIX files. */
export async function extensionsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith(".")).map((name) => join(folder, name));
}

const listOf = (extensionsDir: string) => join(extensionsDir, "extensions.json");

/** @returns null when the file is missing or invalid. VS Code then uses the extensions in the folder. */
function readList(extensionsDir: string, warn: Warn): ListedExtension[] | null {
  const path = listOf(extensionsDir);
  try {
    const text = readText(path);
    if (text === null) return null;
    const rows: unknown = JSON.parse(text);
    if (Array.isArray(rows) && rows.every(isRow)) return rows;
  } catch {
    // The warning follows.
  }
  warn({ code: "extension-list-unreadable", path });
  return null;
}

function isRow(row: unknown): row is ListedExtension {
  const id = (row as { identifier?: { id?: unknown } } | null)?.identifier?.id;
  return typeof id === "string";
}

function readManifest(folder: string): Manifest {
  const path = join(folder, "package.json");
  const text = readText(path);
  if (text === null) throw new Error(`${path} does not exist`);
  const { publisher, name, version } = JSON.parse(text) as Record<string, unknown>;
  if (typeof publisher !== "string" || typeof name !== "string" || typeof version !== "string") {
    throw new Error(`${path} has no publisher, name and version`);
  }
  return { id: `${publisher}.${name}`.toLowerCase(), version };
}

/** @returns false when the user has a folder with this name, which is kept. */
async function link(folder: string, path: string): Promise<boolean> {
  if (!(await isGoneOrLink(path))) return false;
  const unfinished = unfinishedName(path);
  await symlink(folder, unfinished);
  await rename(unfinished, path);
  return true;
}

async function isGoneOrLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => true,
  );
}

function rowOf({ id, version }: Manifest, extensionsDir: string, name: string) {
  const location = { $mid: 1, path: join(extensionsDir, name), scheme: "file" };
  return { identifier: { id }, version, location, relativeLocation: name };
}
