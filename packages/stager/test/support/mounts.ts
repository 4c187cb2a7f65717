import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export type FileSystem = "btrfs" | "xfs" | "ext4" | "tmpfs";

/** The smallest size that mkfs.btrfs and mkfs.xfs accept. */
const IMAGE_BYTES = 320 * 1024 * 1024;

/**
 * Mounts a new file system at `folder`, until the end of the test.
 *
 * @param options - The value of `mount -o`.
 */
export function mount(kind: FileSystem, folder: string, options?: string): void {
  attach(kind, folder, options);
  // Hooks run in reverse order, so this runs before the folder above is removed.
  onTestFinished(() => detach(folder));
}

/**
 * Mounts an overlay at `folder`, like the root of a container, until the end of the test.
 *
 * @param lower - The image's layers.
 * @returns The upper layer, with every file that was written or copied up.
 */
export function mountOverlay(lower: string, folder: string): string {
  const layers = `${folder}.layers`;
  // On a tmpfs, because not every file system can be an upper layer. The machine's own may be an overlay itself.
  mount("tmpfs", layers);
  const upper = attachOverlay(lower, layers, folder);
  onTestFinished(() => detach(folder));
  return upper;
}

/** Mounts `source` at `folder`, too, while `work` runs. */
export async function withBind(
  source: string,
  folder: string,
  work: () => Promise<unknown>,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  run("mount", "--bind", source, folder);
  try {
    await work();
  } finally {
    detach(folder);
  }
}

const tried = new Map<FileSystem, boolean>();

/**
 * Whether we can mount a file system here; tests of the others are skipped. Finds out by mounting one, because the kernel's
 * module or the permission may be missing although the program exists.
 */
export function isMountable(kind: FileSystem): boolean {
  const is = tried.get(kind) ?? succeeds(kind, () => {});
  tried.set(kind, is);
  return is;
}

export function isOverlayMountable(): boolean {
  return succeeds("tmpfs", (layers) => {
    const [lower, folder] = [join(layers, "lower"), join(layers, "at")];
    mkdirSync(lower);
    attachOverlay(lower, layers, folder);
    detach(folder);
  });
}

/** Whether `work` succeeds in a new file system. */
function succeeds(kind: FileSystem, work: (folder: string) => void): boolean {
  const scratch = mkdtempSync(join(tmpdir(), "stager-mount-"));
  const folder = join(scratch, "at");
  try {
    attach(kind, folder);
    try {
      work(folder);
    } finally {
      detach(folder);
    }
    return true;
  } catch {
    return false;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function attach(kind: FileSystem, folder: string, options?: string): void {
  mkdirSync(folder, { recursive: true });
  const flags = options === undefined ? [] : ["-o", options];
  if (kind === "tmpfs") {
    run("mount", "-t", "tmpfs", ...flags, "tmpfs", folder);
    return;
  }
  const image = `${folder}.img`;
  writeFileSync(image, "");
  truncateSync(image, IMAGE_BYTES);
  run(`mkfs.${kind}`, "-q", image);
  run("mount", "-o", "loop", ...flags, image, folder);
}

/** @returns The upper layer. */
function attachOverlay(lower: string, layers: string, folder: string): string {
  const [upper, work] = [join(layers, "upper"), join(layers, "work")];
  for (const path of [upper, work, folder]) mkdirSync(path, { recursive: true });
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work},redirect_dir=off`;
  run("mount", "-t", "overlay", "overlay", "-o", options, folder);
  return upper;
}

function detach(folder: string): void {
  run("umount", folder);
}

/** Runs a command. Its output is in the error when it fails. */
function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: "pipe" });
}
