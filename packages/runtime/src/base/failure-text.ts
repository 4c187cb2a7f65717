import type { Ending, FailureCode, FailureData, FailureValue, GitDiagnosis } from "./failure.ts";
import type { Errno, SystemError } from "./system-error.ts";

/** A failure for people: what happened, to what and why; then what to do, where we know. */
export interface FailureText {
  readonly message: string;
  readonly hint?: string;
}

/** A text for each code. `npm run typecheck` finds a code without one. */
export type FailureTexts = {
  readonly [Code in FailureCode]: (data: Readonly<FailureData[Code]>) => FailureText;
};

/** The words for every failure of the runtime. This is the file to edit them in. */
export const failureTexts: FailureTexts = {
  "stage-unusable": ({ reason }) => ({
    message: reason,
    hint: "build the stage again with `sandboot-stage build`, or name in stage.legacy what to copy instead",
  }),

  "hook-failed": (data) => {
    const { script } = data;
    switch (data.problem) {
      case "not-a-file":
        return { message: `${script} is not a file, so it cannot be run as a script` };
      case "unreadable":
        return {
          ...systemErrorText(data.cause),
          message: `${script} cannot be read: ${causeText(data.cause)}`,
        };
      case "not-started":
        return {
          message: `${script} ${endingText(data)}`,
          hint: "check the script's first line (#!), and that bash is installed",
        };
      case "exited":
      case "signalled":
      case "stopped":
        return { message: `${script} ${endingText(data)}` };
      default:
        return data satisfies never;
    }
  },

  "hook-timeout": ({ script, kind, timeoutMs }) => ({
    message: `${script} did not end within ${seconds(timeoutMs)}, so it and everything it had started were ended`,
    hint: `allow it more time with hooks.${kind}Seconds or ${kind.toUpperCase()}_TIMEOUT_SECONDS`,
  }),

  "git-failed": (data) => {
    switch (data.problem) {
      case "locked":
        return {
          message: `another git works in ${data.checkout}: it holds ${data.lock}`,
          hint: "wait until it has ended, or end it",
        };
      case "place-taken": {
        const found = data.by === "file" ? "is a file" : "holds other files";
        return {
          message: `${data.path} should be a checkout or empty, and ${found}`,
          hint: "remove it, or give the repository another path",
        };
      }
      case "no-commit":
        return {
          message: `${data.checkout} is on branch ${data.branch}, which has no commit: the repository is empty`,
          hint: "push a first commit",
        };
      case "not-started":
        return {
          message: `git ${data.step} ${endingText(data)}`,
          hint: "install git, or put it on PATH",
        };
      case "exited":
      case "signalled":
      case "stopped":
        return { message: `git ${data.step} ${endingText(data)}`, ...gitHint(data.diagnosis) };
      default:
        return data satisfies never;
    }
  },

  "git-timeout": ({ step, timeoutMs }) => ({
    message: `git ${step} did not end within ${seconds(timeoutMs)}`,
    hint: "allow each git step more time with git.stepSeconds",
  }),

  "port-in-use": ({ port, key, holder }) => ({
    message: `port ${port} (${key}) is in use by ${
      holder === null
        ? "a process that this user cannot see"
        : `${holder.command} (pid ${holder.pid})`
    }`,
    hint: `end that process, or set ${key} to another port`,
  }),

  "not-installed": ({ process, command, reason }) => ({
    message: `${process} could not be started: ${reason}`,
    hint: `install ${command}, or set its command in the config`,
  }),

  "not-started": ({ process, reason }) => ({
    message: `${process} could not be started: ${reason}`,
  }),

  "shutting-down": ({ process }) => ({
    message: `${process} is not started, because the sandbox is shutting down`,
  }),

  "bad-auth-file": ({ path }) => ({
    message: `${path} is not a JSON object, so the credentials of agent.auth were not added to it`,
    hint: "repair the file, or remove it",
  }),

  "mcp-packages": ({ packages }) => ({
    message: `npx could not fetch ${packages.join(", ")}`,
    hint: "the agent runs npx again when it starts the MCP server",
  }),

  "process-exited": (data) => {
    const { process } = data;
    switch (data.problem) {
      case "exited":
      case "signalled":
      case "not-started":
      case "stopped":
        return {
          message: `${process} ${endingText(data)}${data.wasReady ? "" : " before it was ready"}`,
        };
      case "wrong-port":
        return {
          message: `${process} listens on ${data.url}, and should listen on port ${data.expectedPort}`,
        };
      case "unusable":
        return { message: `${process} ${data.reason}` };
      case "given-up":
        return { message: `${process} was given up: ${data.reason}` };
      case "down":
        return { message: `${process} is ${data.status} and will not be ready` };
      default:
        return data satisfies never;
    }
  },

  "ready-timeout": ({ process, timeoutMs }) => ({
    message: `${process} was not ready within ${seconds(timeoutMs)}`,
  }),

  "agent-session": (data) => {
    switch (data.problem) {
      case "refused":
        return {
          message: `${data.agent} answered ${data.status} to the request for a session in ${data.directory}`,
        };
      case "not-a-session":
        return {
          message: `${data.agent} answered the request for a session in ${data.directory} with a body that is not a session`,
        };
      case "warm-up":
        return {
          message: `the agent answered ${data.status} to the warm-up request ${data.method} ${data.path}`,
          hint: "set agent.warmUp.status to the status of a good answer",
        };
      default:
        return data satisfies never;
    }
  },

  "phase-timeout": ({ phase, timeoutMs }) => ({
    message: `${phase} did not end within ${seconds(timeoutMs)}`,
  }),

  cancelled: ({ reason }) => ({ message: `the adopt was stopped: ${reason}` }),

  "system-error": systemErrorText,

  "internal-error": ({ error }) => ({ message: error }),
};

/** The words for one failure. */
export function failureText<Code extends FailureCode>(value: FailureValue<Code>): FailureText {
  const render = failureTexts[value.code] as (data: FailureValue<Code>) => FailureText;
  return render(value);
}

/** For a sentence that begins with the program's name. */
function endingText(ending: Ending): string {
  switch (ending.problem) {
    case "exited":
      return `ended with exit code ${ending.exitCode}`;
    case "signalled":
      return `was ended by ${ending.signal}`;
    case "not-started":
      return `could not be started: ${ending.reason}`;
    case "stopped":
      return "was stopped with the boot";
    default:
      return ending satisfies never;
  }
}

function gitHint(diagnosis: GitDiagnosis | null): { readonly hint?: string } {
  switch (diagnosis?.id) {
    case undefined:
      return {};
    case "lfs-missing":
      return { hint: "install git-lfs, or set lfs to false for this repository" };
    case "local-changes":
      return { hint: "commit, stash or remove the changes that git's output names" };
    case "host-key-changed":
      return {
        hint: `the host of ${remoteText(diagnosis)} has another key than known_hosts says: find out why before you replace it there`,
      };
    case "host-key-unknown":
      return {
        hint: `ssh does not know the host of ${remoteText(diagnosis)}: put its key into known_hosts, or set GIT_SSH_COMMAND`,
      };
    default:
      return diagnosis satisfies never;
  }
}

function remoteText({ remote }: { readonly remote: string | null }): string {
  return remote ?? "the remote";
}

function systemErrorText({ errno, syscall, path }: SystemError): FailureText {
  const what = `${SYSCALLS[syscall] ?? `use (${syscall})`} ${path ?? "a file"}`;
  const message = `cannot ${what}: ${causeText({ errno })}`;
  if (syscall === "listen" && errno === "EACCES") {
    return { message, hint: "ports below 1024 need the capability NET_BIND_SERVICE" };
  }
  return { message, hint: SYSTEM_CAUSES[errno].hint };
}

/** `the disk is full (ENOSPC)` */
function causeText({ errno }: Pick<SystemError, "errno">): string {
  return `${SYSTEM_CAUSES[errno].cause} (${errno})`;
}

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
  readonly [Code in Errno]: { readonly cause: string; readonly hint: string };
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

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
