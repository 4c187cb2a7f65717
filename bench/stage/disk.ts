import { execFile } from "node:child_process";
import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Sparse: it takes what is written to it. */
const IMAGE_BYTES = 32 * 1024 ** 3;

/** A new file system in a loop device, mounted at `folder`. */
export interface Disk extends AsyncDisposable {
  readonly folder: string;
}

/**
 * Makes a file system for one benchmark alone, because what was deleted on the machine's own in the last minute counts:
 * ext4 looks for other inodes than those (`recently_deleted`), and creating files took from two to ten times as long.
 *
 * @returns null where mounting is not allowed.
 */
export async function makeDisk(kind: "ext4" | "btrfs", folder: string): Promise<Disk | null> {
  const image = `${folder}.img`;
  try {
    await mkdir(folder, { recursive: true });
    await rm(image, { force: true });
    await writeFile(image, "");
    await truncate(image, IMAGE_BYTES);
    await run(`mkfs.${kind}`, ["-q", image]);
    await run("mount", ["-o", "loop", image, folder]);
  } catch {
    await rm(image, { force: true });
    return null;
  }
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      await run("umount", [folder]);
      await rm(image);
    },
  };
}
