import { realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import { HeldFolder } from "../held-folder.ts";
import { isInside } from "../manifest.ts";
import { readSmallFile } from "../small-file.ts";
import { makeFolder } from "../tree/make-folder.ts";

export interface Link {
  /** Relative to the folder. */
  readonly path: string;
  /** Absolute. */
  readonly target: string;
}

export interface PlacedLink {
  readonly path: string;
  /** `conflict`: something else stands there, or a link where a folder is needed. It is kept. */
  readonly result: "linked" | "present" | "conflict";
}

export type LinksPlaced =
  | { readonly id: "placed"; readonly items: readonly PlacedLink[] }
  /** The folder itself is a link or a file. Nothing was done. */
  | { readonly id: "not-a-folder" };

/** What we have put into the folder, in a file that lies elsewhere. */
interface Ours {
  readonly links: Readonly<Record<string, string>>;
  /** Folders that we made; the folder itself is `.`. */
  readonly folders: readonly string[];
}

/**
 * Puts links into a folder that others can write, and removes those of earlier calls that are no longer wanted. Runs in a
 * worker.
 *
 * Nothing in the folder says where it writes: no link in it is followed, each folder is held open while work is done in it,
 * and what an earlier call did is read from `recordFile`. That file is written before the first link, so a call that was killed
 * is completed by the next one.
 */
export function placeLinksTask(options: {
  readonly targetDir: string;
  readonly recordFile: string;
  readonly links: readonly Link[];
  readonly cancel: CancelFlag;
}): LinksPlaced {
  const { targetDir, recordFile, links, cancel } = options;
  throwIfCancelled(cancel);
  const before = readOurs(recordFile);
  const wanted = new Map(links.map(({ path, target }) => [path, target]));
  if (wanted.size === 0 && before.folders.length === 0 && Object.keys(before.links).length === 0) {
    return { id: "placed", items: [] };
  }
  using parent = openParent(targetDir);
  const name = basename(targetDir);
  const made = new Set(before.folders);
  const found = parent.openFolder(name);
  if (found.id === "not-a-folder") return found;
  if (found.id === "absent") made.add(".");
  const after = Object.fromEntries(wanted);
  writeOurs(recordFile, { links: { ...before.links, ...after }, folders: foldersOf(links, made) });
  const opened = found.id === "open" ? found : parent.ensureFolder(name);
  if (opened.id !== "open") return { id: "not-a-folder" };
  using top = opened.folder;
  const work = new Links(top, made);
  for (const [path, target] of Object.entries(before.links)) {
    if (wanted.get(path) !== target) work.remove(path, target);
  }
  const items = links.map((link) => work.place(link));
  const folders = work.removeEmpty(parent, name);
  const placed = items.filter(({ result }) => result !== "conflict").map(({ path }) => path);
  const kept = Object.fromEntries(placed.map((path) => [path, after[path] ?? ""]));
  writeOurs(recordFile, { links: kept, folders });
  return { id: "placed", items };
}

/** The links in one folder. */
class Links {
  readonly #top: HeldFolder;
  readonly #made: Set<string>;

  /** @param made - Folders that we made; new ones are added. */
  constructor(top: HeldFolder, made: Set<string>) {
    this.#top = top;
    this.#made = made;
  }

  place({ path, target }: Link): PlacedLink {
    const result = this.#within(path, "make", (folder, name) => {
      const found = folder.linkTarget(name);
      if (found === target) return "present" as const;
      return folder.tryLink(name, target) ? ("linked" as const) : ("conflict" as const);
    });
    return { path, result: result ?? "conflict" };
  }

  /** Removes a link of ours, unless somebody has changed it. */
  remove(path: string, target: string): void {
    this.#within(path, "look", (folder, name) => {
      if (folder.linkTarget(name) === target) folder.remove(name);
    });
  }

  /** @returns the folders of ours that are not empty. */
  removeEmpty(parent: HeldFolder, name: string): string[] {
    const deepestFirst = [...this.#made].sort((a, b) => b.length - a.length);
    return deepestFirst.filter((path) =>
      path === "."
        ? !parent.removeIfEmpty(name)
        : this.#within(path, "look", (folder, last) => !folder.removeIfEmpty(last)) === true,
    );
  }

  /** @returns null when something else than a folder stands above the path. */
  #within<T>(
    path: string,
    how: "make" | "look",
    work: (folder: HeldFolder, name: string) => T,
  ): T | null {
    const parts = path.split("/");
    const last = parts.pop() ?? "";
    const opened: HeldFolder[] = [];
    try {
      let here = this.#top;
      for (const [index, part] of parts.entries()) {
        const isNew = how === "make" && here.lstat(part) === undefined;
        if (isNew) this.#made.add(parts.slice(0, index + 1).join("/"));
        const next = isNew ? here.ensureFolder(part) : here.openFolder(part);
        if (next.id !== "open") return null;
        opened.push(next.folder);
        here = next.folder;
      }
      return work(here, last);
    } finally {
      for (const folder of opened) folder[Symbol.dispose]();
    }
  }
}

/** The folder above may be reached by links: the configuration names it. */
function openParent(targetDir: string): HeldFolder {
  makeFolder(dirname(targetDir));
  const opened = HeldFolder.open(realpathSync(dirname(targetDir)));
  if (opened.id !== "open") throw new Error(`${dirname(targetDir)} is being changed`);
  return opened.folder;
}

/** What a call will have made, at most. */
function foldersOf(links: readonly Link[], made: ReadonlySet<string>): string[] {
  const above = links.flatMap(({ path }) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, depth) => parts.slice(0, depth + 1).join("/"));
  });
  return [...new Set([...made, ...above])];
}

const NOTHING: Ours = { links: {}, folders: [] };

/** A record that is damaged names nothing of ours. A link that is as wanted counts as ours all the same. */
function readOurs(path: string): Ours {
  const file = readSmallFile(path, { maxBytes: 64 * 1024 * 1024 });
  if (file.id !== "text") return NOTHING;
  try {
    const { links, folders } = JSON.parse(file.text) as Ours;
    const isValid =
      Object.entries(links).every(([key, to]) => isInside(key) && typeof to === "string") &&
      folders.every((folder) => folder === "." || isInside(folder));
    return isValid ? { links, folders } : NOTHING;
  } catch {
    return NOTHING;
  }
}

function writeOurs(path: string, ours: Ours): void {
  if (ours.folders.length === 0 && Object.keys(ours.links).length === 0) {
    rmSync(path, { force: true });
    return;
  }
  makeFolder(dirname(path));
  const unfinished = join(dirname(path), `.${basename(path)}.part`);
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, JSON.stringify(ours), { flag: "wx", mode: 0o600 });
  renameSync(unfinished, path);
}
