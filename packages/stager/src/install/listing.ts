import { readdirSync, readlinkSync, type Stats, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readSmallFile, type SmallFile } from "../small-file.ts";
import { makeFolder } from "../tree/make-folder.ts";
import type { TreeNode } from "../tree/walk.ts";
import { statOf } from "./identity.ts";
import type { TargetLayout } from "./layout.ts";

/**
 * The files that we put into a folder. By it an upgrade and an uninstall recognize files that the user and the agent wrote
 * there since. A boot never reads it.
 */
export type Listing = ReadonlyMap<string, string>;

/** Some hundred bytes for each of a million files. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Writes the list of a folder's nodes, as lines and not as JSON, which would be slow for 50,000 files. */
export function writeListing(path: string, nodes: readonly TreeNode[]): void {
  makeFolder(dirname(path));
  writeFileSync(path, nodes.map((node) => `${node.path}\0${wordOfNode(node)}\0`).join(""));
}

/** @returns null when there is none, or when it cannot be read. Then we do not know which files in the folder are ours. */
export function readListing(layout: TargetLayout, name: string | null): Listing | null {
  if (name === null) return null;
  const file = readListed(join(layout.listings, name));
  if (file?.id !== "text") return null;
  const words = file.text.split("\0");
  const listing = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2) {
    listing.set(words[index] ?? "", words[index + 1] ?? "");
  }
  return listing;
}

function readListed(path: string): SmallFile | null {
  try {
    return readSmallFile(path, { maxBytes: MOST_BYTES });
  } catch {
    return null;
  }
}

/**
 * The paths in a folder that are not in the listing, or have changed since. A folder of the user is one path; so is a folder
 * with a name in it that is not UTF-8, because Node cannot handle such a name. The folder itself is `""`.
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
  // A time that was set as a fractional number of seconds may differ by a millisecond.
  return stat.size === bytes && Math.abs(stat.mtimeMs - (mtimeMs ?? 0)) <= 1;
}
