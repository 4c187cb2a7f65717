import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { freshName, type HeldFolder } from "@sandboot/stager/held-folder";
import { LOCK_NAME, type LockRoot, lockText, NPMRC, NPMRC_HEAD } from "./small-files.ts";

/** What a config folder is to have so that OpenCode finds its packages and installs none. */
export interface WantedLinks {
  /** Where each package lies, by name. */
  readonly packages: ReadonlyMap<string, string>;
  /** Of those, the ones that OpenCode and package.json name. */
  readonly required: ReadonlySet<string>;
  /** For a lockfile of ours; null when the folder has one that is in step. */
  readonly lock: LockRoot | null;
  /** Whether npm is to be kept from the network there, because the folder's own lockfile is out of step. */
  readonly offline: boolean;
}

/** Lies in a folder `node_modules` that we made. */
const MARK = ".sandboot";

/**
 * Links packages into one config folder. Its `node_modules` is a folder with a link for each package, and not one link to
 * a whole tree: what is made, removed or installed there stays there, and an npm that fails leaves the rest in place. Where
 * the repository has a `node_modules` of its own, only what is missing in it is added.
 */
export class PackageLinks {
  readonly #folder: HeldFolder;
  readonly #wanted: WantedLinks;
  #changed = false;

  constructor(folder: HeldFolder, wanted: WantedLinks) {
    this.#folder = folder;
    this.#wanted = wanted;
  }

  /** What {@link make} will put there, for git not to see. */
  names(): string[] {
    const { lock, offline } = this.#wanted;
    return [
      ...this.#moduleNames(),
      ...(lock === null ? [] : withFresh("package-lock.json")),
      ...(offline ? withFresh(".npmrc") : []),
      // OpenCode writes one there; it hides itself, too.
      ".gitignore",
    ];
  }

  /** @returns Whether anything was missing. */
  make(): boolean {
    this.#linkModules();
    const { lock, offline } = this.#wanted;
    if (lock !== null) this.#write("package-lock.json", lockText(lock));
    this.#keepOffline(offline);
    return this.#changed;
  }

  #moduleNames(): string[] {
    const opened = this.#folder.openFolder("node_modules");
    if (opened.id === "absent") return ["node_modules"];
    if (opened.id === "not-a-folder") return [];
    using modules = opened.folder;
    if (isMarked(modules)) return ["node_modules"];
    return this.#missingIn(modules).map((name) => `node_modules/${name}`);
  }

  #linkModules(): void {
    const opened = this.#openModules();
    // A link to a folder elsewhere, or a file: the repository's business.
    if (opened.id !== "open") return;
    using modules = opened.folder;
    const isMine = isMarked(modules);
    if (isMine) this.#removeOutdated(modules, "");
    const names = isMine ? this.#wanted.packages.keys() : this.#missingIn(modules);
    for (const name of names) this.#link(modules, name);
  }

  #openModules() {
    const opened = this.#folder.openFolder("node_modules");
    if (opened.id !== "absent") return opened;
    this.#folder.makeFolder("node_modules");
    this.#changed = true;
    const made = this.#folder.openFolder("node_modules");
    if (made.id === "open") made.folder.writeFile(MARK, "");
    return made;
  }

  #missingIn(modules: HeldFolder): string[] {
    return [...this.#wanted.required].filter(
      (name) => this.#wanted.packages.has(name) && !isThere(modules, name),
    );
  }

  #link(modules: HeldFolder, name: string): void {
    const target = this.#wanted.packages.get(name) ?? "";
    const [scope = "", inner] = name.startsWith("@") ? name.split("/") : [];
    if (inner === undefined) {
      this.#linkIn(modules, name, target);
      return;
    }
    if (modules.lstat(scope) === undefined) modules.makeFolder(scope);
    const opened = modules.openFolder(scope);
    if (opened.id !== "open") return;
    using scoped = opened.folder;
    this.#linkIn(scoped, inner, target);
  }

  #linkIn(parent: HeldFolder, name: string, target: string): void {
    const before = parent.linkTarget(name);
    if (before === target) return;
    const isOurs = before !== null && isAbsolute(before);
    // Somebody's own package, or their link.
    if (!isOurs && parent.lstat(name) !== undefined) return;
    parent.makeLink(name, target);
    this.#changed = true;
  }

  /** Links to packages that are no longer wanted. npm's own links are relative. */
  #removeOutdated(modules: HeldFolder, scope: string): void {
    for (const entry of modules.names()) {
      const target = modules.linkTarget(entry);
      if (target !== null) {
        if (this.#wanted.packages.has(`${scope}${entry}`) || !isAbsolute(target)) continue;
        modules.remove(entry);
        this.#changed = true;
      } else if (scope === "" && entry.startsWith("@")) {
        const opened = modules.openFolder(entry);
        if (opened.id !== "open") continue;
        using scoped = opened.folder;
        this.#removeOutdated(scoped, `${entry}/`);
      }
    }
  }

  #keepOffline(offline: boolean): void {
    const before = this.#folder.readFile(".npmrc");
    const isMine = before.id === "text" && before.text.startsWith(NPMRC_HEAD);
    if (offline && (isMine || before.id === "absent")) this.#write(".npmrc", NPMRC);
    if (offline || !isMine) return;
    this.#folder.remove(".npmrc");
    this.#changed = true;
  }

  #write(name: string, text: string): void {
    const before = this.#folder.readFile(name);
    if (before.id === "text" && before.text === text) return;
    this.#folder.writeFile(name, text);
    this.#changed = true;
  }
}

/** A file of ours, and the name that it has for a moment while it is written. */
function withFresh(name: string): string[] {
  return [name, freshName(name)];
}

function isMarked(modules: HeldFolder): boolean {
  return modules.lstat(MARK)?.isFile() === true;
}

/** A link of ours whose target is gone does not count. */
function isThere(modules: HeldFolder, name: string): boolean {
  const [scope = "", inner] = name.startsWith("@") ? name.split("/") : [];
  if (inner === undefined) {
    const target = modules.linkTarget(name);
    if (target !== null && isAbsolute(target)) return existsSync(target);
    return modules.lstat(name) !== undefined;
  }
  const opened = modules.openFolder(scope);
  // A link in place of a scope is somebody's, with all that is behind it.
  if (opened.id !== "open") return opened.id === "not-a-folder";
  using scoped = opened.folder;
  return isThere(scoped, inner);
}

/** Whether a lockfile, by the name in it, is one that we wrote. */
export function isOurLock(name: string | null): boolean {
  return name === LOCK_NAME;
}
