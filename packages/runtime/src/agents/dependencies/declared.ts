import type { HeldFolder } from "@sandboot/stager/held-folder";
import { isObject } from "../../base/is-object.ts";

/** The package that OpenCode adds to every config folder, in its own version. */
export const PLUGIN_PACKAGE = "@opencode-ai/plugin";

/** The kinds of dependencies that npm, and OpenCode's look at package.json, know. */
export const KINDS = [
  "dependencies",
  "devDependencies",
  "peerDependencies",
  "optionalDependencies",
] as const;
export type Kind = (typeof KINDS)[number];

type Specs = Readonly<Record<string, string>>;

/** What a config folder's package.json and lockfile ask for. */
export interface Declared {
  /** Every name that OpenCode looks for in the lockfile, its own package among them. */
  readonly names: readonly string[];
  /** Whether package.json names none at all. */
  readonly declaresNothing: boolean;
  /** What npm can install, by kind; without OpenCode's own package. */
  readonly wanted: Readonly<Record<Kind, Specs>>;
  /** Folders by package name, as package.json writes them: `file:../lib`. */
  readonly folders: Specs;
  /** Names with a spec that npm does not know, or that no folder can have. */
  readonly foreign: Specs;
  readonly overrides: Readonly<Record<string, unknown>> | null;
  readonly lock: DeclaredLock;
}

export type DeclaredLock =
  | { readonly id: "absent" }
  | { readonly id: "present"; readonly text: string; readonly lock: Lockfile };

/** The parts of a package-lock.json that matter here; what does not fit is empty. */
export interface Lockfile {
  readonly name: string | null;
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export type DeclaredOrNot =
  | { readonly id: "read"; readonly declared: Declared }
  /** A file that is not read. `why` completes "`file` …". */
  | { readonly id: "unfit"; readonly file: string; readonly why: string };

/** A lockfile has some hundred bytes for each package. Parsing more would hold up the main thread for too long. */
export const MOST_LOCK_BYTES = 4 * 1024 * 1024;

/** What may be the name of a folder in node_modules. */
const PACKAGE_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;

/** Protocols of other package managers; npm refuses them all. */
const FOREIGN_SPEC = /^(?:workspace|catalog|portal|patch|jsr):/;
const FOLDER_SPEC = /^(?:file:|link:|\.{0,2}\/|~\/|\.{1,2}$)/;
const ARCHIVE = /\.(?:tgz|tar|tar\.gz)$/;

/** Reads what a config folder declares, with the same leniency as OpenCode: a file that is no JSON declares nothing. */
export function readDeclared(folder: HeldFolder): DeclaredOrNot {
  const manifest = folder.readFile("package.json");
  if (manifest.id === "unfit") return { id: "unfit", file: "package.json", why: manifest.why };
  const lockFile = folder.readFile("package-lock.json", { maxBytes: MOST_LOCK_BYTES });
  if (lockFile.id === "unfit") return { id: "unfit", file: "package-lock.json", why: lockFile.why };
  const content = manifest.id === "text" ? parseObject(manifest.text) : {};
  const lock: DeclaredLock =
    lockFile.id === "text"
      ? { id: "present", text: lockFile.text, lock: parseLock(lockFile.text) }
      : { id: "absent" };
  return { id: "read", declared: declaredIn(content, lock) };
}

function declaredIn(manifest: Readonly<Record<string, unknown>>, lock: DeclaredLock): Declared {
  const names = new Set<string>([PLUGIN_PACKAGE]);
  const wanted: Record<Kind, Record<string, string>> = {
    dependencies: {},
    devDependencies: {},
    peerDependencies: {},
    optionalDependencies: {},
  };
  const folders: Record<string, string> = {};
  const foreign: Record<string, string> = {};
  const optionalPeers = objectAt(manifest, "peerDependenciesMeta");
  let declaresNothing = true;
  for (const kind of KINDS) {
    for (const [name, spec] of Object.entries(objectAt(manifest, kind))) {
      names.add(name);
      declaresNothing = false;
      if (name === PLUGIN_PACKAGE) continue;
      if (kind === "peerDependencies" && objectAt(optionalPeers, name)["optional"] === true)
        continue;
      if (typeof spec !== "string" || !isPackageName(name) || FOREIGN_SPEC.test(spec)) {
        foreign[name] = typeof spec === "string" ? spec : typeof spec;
      } else if (FOLDER_SPEC.test(spec)) {
        (ARCHIVE.test(spec) ? foreign : folders)[name] = spec;
      } else {
        wanted[kind][name] = spec;
      }
    }
  }
  const overrides = objectAt(manifest, "overrides");
  return {
    names: [...names],
    declaresNothing,
    wanted,
    folders,
    foreign,
    overrides: Object.keys(overrides).length > 0 ? overrides : null,
    lock,
  };
}

/** Whether npm has anything to do. */
export function isEmpty(wanted: Declared["wanted"]): boolean {
  return KINDS.every((kind) => Object.keys(wanted[kind]).length === 0);
}

/** Name and spec of all that npm is asked for. */
export function allWanted(wanted: Declared["wanted"]): readonly (readonly [string, string])[] {
  return KINDS.flatMap((kind) => Object.entries(wanted[kind]));
}

/**
 * OpenCode's own look at a config folder that has `node_modules`: it installs unless the lockfile's root names all that
 * package.json names and the plugin package. Only names count, not versions (1.18.33, `Npm.install`; docs/opencode-facts.md).
 */
export function isInStep({ names, lock }: Declared): boolean {
  if (lock.id === "absent") return false;
  const root = lock.lock.packages[""] ?? {};
  const locked = new Set(KINDS.flatMap((kind) => Object.keys(objectAt(root, kind))));
  return names.every((name) => locked.has(name));
}

function isPackageName(name: string): boolean {
  return PACKAGE_NAME.test(name) && name !== "node_modules" && name.length <= 214;
}

function parseLock(text: string): Lockfile {
  const { name, ...rest } = parseObject(text);
  const packages = Object.entries(objectAt(rest, "packages")).map(
    ([path, entry]) => [path, isObject(entry) ? entry : {}] as const,
  );
  return { name: typeof name === "string" ? name : null, packages: Object.fromEntries(packages) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function objectAt(
  parent: Readonly<Record<string, unknown>>,
  key: string,
): Readonly<Record<string, unknown>> {
  const value = parent[key];
  return isObject(value) ? value : {};
}
