import { execFile } from "node:child_process";
import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

const IMAGE_BYTES = 2 * 1024 ** 3;

/** A btrfs of its own, in a loop device; null where that is not allowed. Disposing of it unmounts it. */
export async function mountBtrfs(folder: string): Promise<AsyncDisposable | null> {
  const image = `${folder}.img`;
  try {
    await mkdir(folder, { recursive: true });
    await rm(image, { force: true });
    await writeFile(image, "");
    await truncate(image, IMAGE_BYTES);
    await run("mkfs.btrfs", ["-q", image]);
    await run("mount", ["-o", "loop", image, folder]);
  } catch {
    await rm(image, { force: true });
    return null;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await run("umount", [folder]);
      await rm(image);
    },
  };
}
