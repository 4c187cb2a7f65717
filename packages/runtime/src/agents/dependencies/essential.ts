import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { HeldFolder } from "@sandboot/stager/held-folder";
import { readSmallFile } from "../../base/text-file.ts";
import { PLUGIN_PACKAGE } from "./declared.ts";
import type { PackageTree } from "./package-tree.ts";

/** Sources of a config folder that are looked through; of a larger one, everything counts as mentioned. */
const MOST_SOURCES = 300;
const SOURCE = /\.[cm]?[jt]sx?$/;
const IMPORT = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*["']([^"'\n]+)["']/g;

/**
 * The packages of the agent's tree without which a config folder's tools and plugins would not load: these, and what they
 * depend on. Of the agent's own package only what its main module imports. The rest (at least three quarters of OpenCode's
 * 63 MB) can come after the session.
 *
 * @param names - What package.json declares, and what the sources mention.
 */
export function essentialPackages(tree: PackageTree, names: Iterable<string>): ReadonlySet<string> {
  const essential = new Set<string>();
  const add = (name: string, needs = dependenciesOf) => {
    const folder = tree.packages.get(name);
    if (folder === undefined || essential.has(name)) return;
    essential.add(name);
    for (const needed of needs(folder)) add(needed);
  };
  for (const name of names) add(name, name === PLUGIN_PACKAGE ? importedByMain : dependenciesOf);
  return essential;
}

/** Names of the tree's packages that the sources of a config folder mention; null when they are too many to look. */
export function mentionedPackages(
  folder: HeldFolder,
  { packages }: PackageTree,
): readonly string[] | null {
  const mentioned = new Set<string>();
  const sources = sourcesBelow(folder.realPath, []);
  if (sources === null) return null;
  for (const path of sources) {
    const file = readSmallFile(path, { followLink: false });
    if (file.id !== "text") return null;
    for (const name of packages.keys()) {
      if (file.text.includes(`"${name}`) || file.text.includes(`'${name}`)) mentioned.add(name);
    }
  }
  // Parts of the agent's own package that its main module does not import need the rest.
  return mentioned.has(PLUGIN_PACKAGE) && mentionsOtherParts(sources) ? null : [...mentioned];
}

function mentionsOtherParts(sources: readonly string[]): boolean {
  return sources.some((path) => {
    const file = readSmallFile(path, { followLink: false });
    return file.id !== "text" || file.text.includes(`${PLUGIN_PACKAGE}/`);
  });
}

function sourcesBelow(folder: string, found: string[]): readonly string[] | null {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && sourcesBelow(path, found) === null) return null;
    if (entry.isFile() && SOURCE.test(entry.name)) found.push(path);
    // What a link leads to may import anything, unless it is a file and no source.
    if (entry.isSymbolicLink() && (SOURCE.test(entry.name) || !leadsToFile(path))) return null;
    if (found.length > MOST_SOURCES) return null;
  }
  return found;
}

function leadsToFile(link: string): boolean {
  return statSync(link, { throwIfNoEntry: false })?.isFile() === true;
}

/** Follows the imports of a package's main module within the package. */
function importedByMain(folder: string): Iterable<string> {
  const imported = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const file = readSmallFile(path);
    if (file.id !== "text") return;
    for (const [, target = ""] of file.text.matchAll(IMPORT)) {
      if (target.startsWith(".")) visit(join(dirname(path), target));
      else imported.add(packageOf(target));
    }
  };
  visit(join(folder, mainOf(manifestOf(folder))));
  return imported;
}

function mainOf(manifest: Readonly<Record<string, unknown>>): string {
  const own = (value: unknown): string | null => {
    if (typeof value === "string") return value;
    if (typeof value !== "object" || value === null) return null;
    const conditions = value as Readonly<Record<string, unknown>>;
    return own(conditions["."] ?? conditions["import"] ?? conditions["default"]);
  };
  return own(manifest["exports"]) ?? own(manifest["module"]) ?? own(manifest["main"]) ?? "index.js";
}

function dependenciesOf(folder: string): Iterable<string> {
  const manifest = manifestOf(folder);
  return ["dependencies", "peerDependencies", "optionalDependencies"].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
}

function manifestOf(folder: string): Readonly<Record<string, unknown>> {
  const file = readSmallFile(join(folder, "package.json"));
  try {
    return file.id === "text" ? JSON.parse(file.text) : {};
  } catch {
    return {};
  }
}

/** `@scope/name/part` is of `@scope/name`. */
function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
