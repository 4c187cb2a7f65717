import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export type FileSystem = "btrfs" | "xfs" | "ext4" | "tmpfs";

/** The least that mkfs.btrfs and mkfs.xfs are content with. */
const IMAGE_BYTES = 320 * 1024 * 1024;

/**
 * Mounts a file system of its own at `folder`, gone when the test ends.
 *
 * @param options - What `mount -o` takes.
 */
export function mount(kind: FileSystem, folder: string, options?: string): void {
  attach(kind, folder, options);
  // Before the folder that it is in is removed: hooks run in the reverse of their order.
  onTestFinished(() => detach(folder));
}

/**
 * Mounts an overlay at `folder`, gone when the test ends: what a container has as its root.
 *
 * @param lower - The image's layers.
 * @returns The upper layer: what was written, and what was copied up to be written.
 */
export function mountOverlay(lower: string, folder: string): string {
  const layers = `${folder}.layers`;
  // Not every file system may be an upper layer; the machine's own may be an overlay itself.
  mount("tmpfs", layers);
  const upper = attachOverlay(lower, layers, folder);
  onTestFinished(() => detach(folder));
  return upper;
}

/** Shows `source` at `folder`, too, for as long as `work` takes. */
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
 * Whether this machine lets us mount it: tests of the others are skipped, and counted as skipped. Only mounting one says
 * so: there may be the program and no module of the kernel, a loop device and no right to it.
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

/** Whether `work` can be done in a file system of its own. */
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

/** What it says is in the error when it fails. */
function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: "pipe" });
}
