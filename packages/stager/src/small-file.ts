import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";

/** What lies at a path that somebody else can write: a repository, a hook, the agent, an earlier boot. */
export type SmallFile = { readonly id: "text"; readonly text: string } | NotRead;

/** A regular file that is open for reading. Whoever opened it closes `fd`. */
export type OpenedFile =
  | { readonly id: "open"; readonly fd: number; readonly stat: Stats }
  | NotRead;

type NotRead =
  | { readonly id: "absent" }
  /** Something that is not read. `why` completes "it …". */
  | { readonly id: "unfit"; readonly why: string };

/** More than any file needs that is read whole on the main thread. */
const MOST_BYTES = 1024 * 1024;

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * How a file is opened that was a regular one a moment ago. Where somebody has put a named pipe in its place, the call
 * returns at once, and a read finds an end or fails with EAGAIN.
 */
export const NEVER_WAITING = O_RDONLY | O_NONBLOCK;

/**
 * Opens a regular file. Never waits: opening a named pipe would block until somebody writes to it, and reading one, or a
 * terminal, until something comes. Synchronous, like everything in this file, because a few small reads cost less than the
 * thread pool does.
 *
 * @param options.followLink - Whether the last part of the path may be a symbolic link. Default: true.
 * @throws errors of the file system, except for a missing file.
 */
export function openFile(
  path: string,
  { followLink = true }: { readonly followLink?: boolean } = {},
): OpenedFile {
  let fd: number;
  try {
    fd = openSync(path, NEVER_WAITING | (followLink ? 0 : O_NOFOLLOW));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { id: "absent" };
    if (code === "ELOOP" && !followLink) return { id: "unfit", why: "is a symbolic link" };
    // A socket, or a device that does not exist.
    if (code === "ENXIO" || code === "ENODEV") return { id: "unfit", why: NOT_A_FILE };
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (stat.isFile()) return { id: "open", fd, stat };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return { id: "unfit", why: NOT_A_FILE };
}

const NOT_A_FILE = "is not a regular file";

/**
 * Reads a whole file. Never waits, and bounds the size.
 *
 * @param options.maxBytes - Default: 1 MiB.
 * @param options.followLink - As for {@link openFile}.
 * @throws errors of the file system, except for a missing file.
 */
export function readSmallFile(
  path: string,
  options: { readonly maxBytes?: number; readonly followLink?: boolean } = {},
): SmallFile {
  const { maxBytes = MOST_BYTES } = options;
  const file = openFile(path, options);
  if (file.id !== "open") return file;
  try {
    const { size } = file.stat;
    if (size > maxBytes) return { id: "unfit", why: `is larger than ${maxBytes} bytes` };
    return { id: "text", text: readUpTo(file.fd, size) };
  } finally {
    closeSync(file.fd);
  }
}

/** Reads at most the size that the file had at first, even if it grows in the meantime. */
function readUpTo(file: number, size: number): string {
  const content = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const read = readSync(file, content, length, size - length, length);
    if (read === 0) break;
    length += read;
  }
  return content.toString("utf8", 0, length);
}
