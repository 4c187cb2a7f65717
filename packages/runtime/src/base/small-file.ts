import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** What lies at a path that somebody else may have written. */
export type SmallFile =
  | { readonly id: "text"; readonly text: string }
  | { readonly id: "absent" }
  /** There is something, and it is not read: `why` completes "it …". */
  | { readonly id: "unfit"; readonly why: string };

/** No file that we read whole on the main thread needs more. */
const MOST_BYTES = 1024 * 1024;

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Reads a file that a repository or a hook may have put there: without waiting for a pipe, and no more than fits.
 *
 * @param options.maxBytes - Default: 1 MiB.
 * @param options.followLink - Whether the last part of the path may be a symbolic link. Default: true.
 * @throws what the file system says, other than that there is no such file.
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
    // A socket, or a device that is not there.
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

/** A file that grows while it is read is read as far as it was long. */
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
