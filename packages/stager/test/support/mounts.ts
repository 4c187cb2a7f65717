import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onTestFinished } from "vitest";

export type FileSystem = "btrfs" | "xfs" | "ext4" | "tmpfs";

/** The least that mkfs.btrfs and mkfs.xfs are content with. */
const IMAGE_BYTES = 320 * 1024 * 1024;

/**
 * Mounts a file system of its own at `folder`, gone when the test ends.
 *
 * @param options - What `mount -o` takes.
 */
export async function mount(kind: FileSystem, folder: string, options?: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const flags = options === undefined ? [] : ["-o", options];
  if (kind === "tmpfs") {
    await execa("mount", ["-t", "tmpfs", ...flags, "tmpfs", folder]);
  } else {
    const image = `${folder}.img`;
    await writeFile(image, "");
    await truncate(image, IMAGE_BYTES);
    await execa(`mkfs.${kind}`, ["-q", image]);
    await execa("mount", ["-o", "loop", ...flags, image, folder]);
  }
  // Before the folder that it is in is removed: hooks run in the reverse of their order.
  onTestFinished(async () => {
    await execa("umount", [folder]);
  });
}

/**
 * Mounts an overlay at `folder`, gone when the test ends: what a container has as its root.
 *
 * @param lower - The image's layers.
 * @returns The upper layer: what was written, and what was copied up to be written.
 */
export async function mountOverlay(lower: string, folder: string): Promise<string> {
  const layers = `${folder}.layers`;
  // Not every file system may be an upper layer; the machine's own may be an overlay itself.
  await mount("tmpfs", layers);
  const [upper, work] = [join(layers, "upper"), join(layers, "work")];
  for (const path of [upper, work, folder]) await mkdir(path, { recursive: true });
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work},redirect_dir=off`;
  await execa("mount", ["-t", "overlay", "overlay", "-o", options, folder]);
  onTestFinished(async () => {
    await execa("umount", [folder]);
  });
  return upper;
}

/** Shows `source` at `folder`, too, for as long as `work` takes. */
export async function withBind(
  source: string,
  folder: string,
  work: () => Promise<unknown>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await execa("mount", ["--bind", source, folder]);
  try {
    await work();
  } finally {
    await execa("umount", [folder]);
  }
}

/** Which of them this machine lets us mount: tests of the others are skipped, and counted as skipped. */
export const mountable: Readonly<Record<FileSystem, boolean>> = {
  tmpfs: canMountTmpfs(),
  btrfs: canLoop("btrfs"),
  xfs: canLoop("xfs"),
  ext4: canLoop("ext4"),
};

export const mountableOverlay = mountable.tmpfs && canOverlay();

function canOverlay(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "stager-mount-"));
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: "ignore" });
  try {
    run("mount", "-t", "tmpfs", "tmpfs", folder);
    for (const name of ["lower", "upper", "work", "at"]) mkdirSync(join(folder, name));
    const options = ["lower", "upper", "work"].map((name) => `${name}dir=${join(folder, name)}`);
    run("mount", "-t", "overlay", "overlay", "-o", options.join(","), join(folder, "at"));
    run("umount", join(folder, "at"));
    return true;
  } catch {
    return false;
  } finally {
    try {
      run("umount", folder);
    } catch {
      // It was not mounted in the first place.
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

function canMountTmpfs(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "stager-mount-"));
  try {
    const at = join(folder, "mnt");
    mkdirSync(at);
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", at], { stdio: "ignore" });
    execFileSync("umount", [at], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A free loop device and the program that makes the file system; the kernel brings it if the program is there. */
function canLoop(kind: FileSystem): boolean {
  try {
    execFileSync("losetup", ["--find"], { stdio: "ignore" });
    execFileSync(`mkfs.${kind}`, ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
