import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** What lies at a path that a repository or a hook may have written. */
export type SmallFile =
  | { readonly id: "text"; readonly text: string }
  | { readonly id: "absent" }
  /** Something that is not read. `why` completes "it …". */
  | { readonly id: "unfit"; readonly why: string };

/** More than any file needs that we read whole on the main thread. */
const MOST_BYTES = 1024 * 1024;

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Reads a file that a repository or a hook may have put there. Does not wait for a named pipe, and bounds the size.
 *
 * @param options.maxBytes - Default: 1 MiB.
 * @param options.followLink - Whether the last part of the path may be a symbolic link. Default: true.
 * @throws errors of the file system, except for a missing file.
 */
export function readSmallFile(
  path: string,
  options: { readonly maxBytes?: number; readonly followLink?: boolean } = {},
): SmallFile {
  const { maxBytes = MOST_BYTES, followLink = true } = options;
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NONBLOCK | (followLink ? 0 : O_NOFOLLOW));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { id: "absent" };
    if (code === "ELOOP") return { id: "unfit", why: "is a symbolic link" };
    // A socket, or a device that does not exist.
    if (code === "ENXIO" || code === "ENODEV") return { id: "unfit", why: "is not a regular file" };
    throw error;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return { id: "unfit", why: "is not a regular file" };
    if (stat.size > maxBytes) return { id: "unfit", why: `is larger than ${maxBytes} bytes` };
    return { id: "text", text: readUpTo(file, stat.size) };
  } finally {
    closeSync(file);
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
