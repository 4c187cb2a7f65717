/**
 * Errors that say something of the machine and nothing of our code: a full disk, a missing permission, an address that
 * this machine does not have. `failure-text.ts` explains each of them.
 *
 * @see https://man7.org/linux/man-pages/man3/errno.3.html
 */
const SYSTEM_ERRORS = [
  "EACCES",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EBUSY",
  "EDQUOT",
  "EEXIST",
  "EFBIG",
  "EIO",
  "EISDIR",
  "ELOOP",
  "EMFILE",
  "ENAMETOOLONG",
  "ENFILE",
  "ENOENT",
  "ENOMEM",
  "ENOSPC",
  "ENOTDIR",
  "ENOTEMPTY",
  "EPERM",
  "EROFS",
  "ESTALE",
  "ETXTBSY",
  "EXDEV",
] as const;

export type Errno = (typeof SYSTEM_ERRORS)[number];

/** What the operating system refused. */
export interface SystemError {
  readonly errno: Errno;
  /** The system call, as node:fs and node:net name it: `open`, `mkdir`, `listen`; null when the error does not say. */
  readonly syscall: string | null;
  /** The file or folder, or `host:port`; null when neither the system nor the caller names one. */
  readonly path: string | null;
}

/**
 * What an error of node:fs, node:net or node:child_process says of the machine; null for every other error.
 *
 * @param path - What was worked on, for errors that do not say it: a write to an open file names no path.
 */
export function systemErrorOf(error: unknown, path: string | null = null): SystemError | null {
  if (!(error instanceof Error)) return null;
  const found: NodeJS.ErrnoException & ListenError = error;
  const errno = SYSTEM_ERRORS.find((known) => known === found.code);
  if (errno === undefined) return null;
  return { errno, syscall: found.syscall ?? null, path: found.path ?? addressOf(found) ?? path };
}

/** Why something did not work: the system refused it, or the error's own message. */
export type Cause = SystemError | { readonly error: string };

/** What node adds to an error of `listen`. */
interface ListenError {
  readonly address?: string;
  readonly port?: number;
}

function addressOf({ address, port }: ListenError): string | undefined {
  // A unix socket has no port, and its address is a path.
  if (address === undefined || port === undefined || port < 0) return address;
  return `${address}:${port}`;
}
