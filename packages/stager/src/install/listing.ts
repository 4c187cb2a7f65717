import { readdirSync, readFileSync, readlinkSync, type Stats, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../tree/make-folder.ts";
import type { TreeNode } from "../tree/walk.ts";
import { statOf } from "./identity.ts";
import type { TargetLayout } from "./layout.ts";

/**
 * What we put into a folder, path by path, so that an upgrade and an uninstall can tell it from what the user and the
 * agent wrote there since. Read only then; a boot never does.
 */
export type Listing = ReadonlyMap<string, string>;

/** Writes the list of a folder's nodes, in one go: it must not cost 50,000 files' worth of JSON. */
export function writeListing(path: string, nodes: readonly TreeNode[]): void {
  makeFolder(dirname(path));
  writeFileSync(path, nodes.map((node) => `${node.path}\0${wordOfNode(node)}\0`).join(""));
}

/** @returns null when there is none, or it cannot be read: then nothing in the folder is known to be ours. */
export function readListing(layout: TargetLayout, name: string | null): Listing | null {
  if (name === null) return null;
  let text: string;
  try {
    text = readFileSync(join(layout.listings, name), "utf8");
  } catch {
    return null;
  }
  const words = text.split("\0");
  const listing = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2) {
    listing.set(words[index] ?? "", words[index + 1] ?? "");
  }
  return listing;
}

/**
 * What in a folder is not (or no longer) as the listing says; a folder of the user's own as a whole, and one with a name
 * in it that is not UTF-8, for which nobody can ask (the folder itself is `""`).
 */
export function* usersPaths(folder: string, listing: Listing, path = ""): Generator<string> {
  const nodes = readdirSync(join(folder, path))
    .sort()
    .map((name) => {
      const here = path === "" ? name : `${path}/${name}`;
      return { here, stat: statOf(join(folder, here)) };
    });
  if (nodes.some(({ here, stat }) => stat === null && here.includes("\ufffd"))) {
    yield path;
    return;
  }
  for (const { here, stat } of nodes) {
    if (stat === null) continue;
    const ours = listing.get(here);
    if (stat.isDirectory() && ours === FOLDER_WORD) yield* usersPaths(folder, listing, here);
    else if (ours === undefined || !isAs(ours, stat, join(folder, here))) yield here;
  }
}

const FOLDER_WORD = "/";

function wordOfNode(node: TreeNode): string {
  switch (node.type) {
    case "folder":
      return FOLDER_WORD;
    case "link":
      return `> ${node.target}`;
    case "file":
      return `${node.bytes} ${Math.round(node.mtimeMs)}`;
    default:
      return node satisfies never;
  }
}

function isAs(word: string, stat: Stats, path: string): boolean {
  if (stat.isSymbolicLink()) return word === `> ${readlinkSync(path)}`;
  if (!stat.isFile()) return false;
  const [bytes, mtimeMs] = word.split(" ").map(Number);
  // A time that went through seconds as a number with a fraction may be one off.
  return stat.size === bytes && Math.abs(stat.mtimeMs - (mtimeMs ?? 0)) <= 1;
}
