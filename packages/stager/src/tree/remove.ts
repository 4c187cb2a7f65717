import { lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";

const SLASH = Buffer.from("/");

/**
 * Removes a file or a whole tree, whatever the names in it. Without `rmSync`, which keeps every folder on the way down open:
 * this must work when few file descriptors are left.
 */
export function removeTree(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) removeFolder(Buffer.from(path));
  else unlinkSync(path);
}

function removeFolder(folder: Buffer): void {
  for (const { name, isFolder } of entriesOf(folder)) {
    const path = Buffer.concat([folder, SLASH, name]);
    if (isFolder) removeFolder(path);
    else unlinkSync(path);
  }
  rmdirSync(folder);
}

function entriesOf(folder: Buffer) {
  return readdirSync(folder, { encoding: "buffer", withFileTypes: true }).map((entry) => ({
    name: entry.name,
    isFolder: entry.isDirectory(),
  }));
}
