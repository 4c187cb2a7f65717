import type { Cause, Errno, SystemError } from "./system-error.ts";

/** What the system refused, on which path and why; then what to do. */
export function systemErrorText(error: SystemError): {
  readonly message: string;
  readonly hint: string;
} {
  const { syscall, path } = error;
  const verb = syscall === null ? "use" : (SYSCALLS[syscall] ?? `use (${syscall})`);
  const what = `${verb} ${path ?? "a file"}`;
  return { message: `cannot ${what}: ${errnoText(error)}`, hint: explanationOf(error).hint };
}

/** `the disk is full (ENOSPC)` */
export function errnoText(error: SystemError): string {
  return `${explanationOf(error).cause} (${error.errno})`;
}

function explanationOf({ errno, syscall }: SystemError): Explanation {
  return OF_ONE_CALL[`${syscall} ${errno}`] ?? SYSTEM_CAUSES[errno];
}

interface Explanation {
  readonly cause: string;
  readonly hint: string;
}

/** Errors that mean something else from one system call than from the others. */
const OF_ONE_CALL: Readonly<Record<string, Explanation>> = {
  "listen EACCES": {
    cause: "permission denied",
    hint: "ports below 1024 need the capability NET_BIND_SERVICE",
  },
  "mkdir EEXIST": {
    cause: "a file is in the folder's place",
    hint: "remove the file, or set another path",
  },
};

/** What a system call does to the path that follows. */
const SYSCALLS: Readonly<Record<string, string>> = {
  access: "access",
  bind: "listen on",
  chmod: "change the mode of",
  connect: "connect to",
  copyfile: "copy",
  fchmod: "change the mode of",
  fsync: "write to",
  link: "link",
  listen: "listen on",
  lstat: "look at",
  mkdir: "make the folder",
  mkdtemp: "make the folder",
  open: "open",
  opendir: "list",
  read: "read",
  readlink: "read the link",
  realpath: "resolve",
  rename: "rename",
  rm: "remove",
  rmdir: "remove the folder",
  scandir: "list",
  spawn: "start",
  stat: "look at",
  symlink: "make the link",
  truncate: "truncate",
  unlink: "remove",
  utime: "set the times of",
  write: "write to",
};

/** Why the operating system refused, and what to do about it. */
const SYSTEM_CAUSES: {
  readonly [Code in Errno]: Explanation;
} = {
  EACCES: {
    cause: "permission denied",
    hint: "check its owner and mode, and those of the folders above it",
  },
  EADDRINUSE: { cause: "the address is in use", hint: "end the process that uses it" },
  EADDRNOTAVAIL: {
    cause: "this machine has no such address",
    hint: "set the host to an address of this machine, such as 127.0.0.1 or 0.0.0.0",
  },
  EBUSY: {
    cause: "it is in use, for example as a mount point",
    hint: "unmount it, or end the process that uses it",
  },
  EDQUOT: { cause: "the disk quota is used up", hint: "free space, or raise the quota" },
  EEXIST: { cause: "it exists already", hint: "remove it if nothing needs it" },
  EFBIG: { cause: "the file would be too large", hint: "raise the limit on file size (ulimit -f)" },
  EIO: { cause: "the device reported an error", hint: "check the disk, and the kernel's log" },
  EISDIR: { cause: "it is a folder", hint: "remove the folder, or set another path" },
  ELOOP: {
    cause: "its symbolic links lead in a circle",
    hint: "repair the links on the way to it",
  },
  EMFILE: {
    cause: "this process has too many open files",
    hint: "raise the limit on open files (ulimit -n)",
  },
  ENAMETOOLONG: { cause: "the name is too long", hint: "set a shorter path" },
  ENFILE: {
    cause: "this machine has too many open files",
    hint: "raise fs.file-max, or end processes that hold many files",
  },
  ENOENT: {
    cause: "no such file or folder",
    hint: "check the path, and that nothing removes it during a boot",
  },
  ENOMEM: { cause: "the machine is out of memory", hint: "give the sandbox more memory" },
  ENOSPC: {
    cause: "the disk is full",
    hint: "free space or inodes on that file system (df -h, df -i)",
  },
  ENOTDIR: {
    cause: "a part of the path is not a folder",
    hint: "remove what stands in the folder's place, or set another path",
  },
  ENOTEMPTY: {
    cause: "the folder is not empty",
    hint: "check what else writes to it",
  },
  EPERM: {
    cause: "the operation is not permitted",
    hint: "check the file's owner and attributes (lsattr), and the limits of the container",
  },
  EROFS: {
    cause: "the file system is read-only",
    hint: "mount it writable, or set a path on another file system",
  },
  ESTALE: { cause: "the network file system has lost it", hint: "mount the file system again" },
  ETXTBSY: {
    cause: "the program is running, or is still being written",
    hint: "end what runs it or writes it",
  },
  EXDEV: {
    cause: "the two paths are on different file systems",
    hint: "keep both on one file system",
  },
};

/** What is found where there should be a usable file or folder: `/state: the file system is read-only (EROFS)`. */
export function foundText(cause: Cause): string {
  return "errno" in cause ? `${cause.path ?? "a file"}: ${errnoText(cause)}` : cause.error;
}

/** Why something did not work, as the end of a sentence. */
export function causeText(cause: Cause): string {
  return "errno" in cause ? systemErrorText(cause).message : cause.error;
}
