import { authenticationHint, withoutStop } from "./authentication-text.ts";
import type {
  BrokenRepository,
  CredentialProblem,
  FailureCode,
  FailureData,
  FailureValue,
  GitDiagnosis,
  InputProblem,
} from "./failure.ts";
import { installable } from "./installable.ts";
import { endingText, namesText, problemText, startText } from "./process-text.ts";
import { seconds } from "./seconds.ts";
import { causeText, errnoText, systemErrorText } from "./system-error-text.ts";

/** A failure for people: what happened, to what and why; then what to do, where we know. */
export interface FailureText {
  readonly message: string;
  readonly hint?: string;
}

/** A text for each code. `npm run typecheck` finds a code without one. */
export type FailureTexts = {
  readonly [Code in FailureCode]: (data: Readonly<FailureData[Code]>) => FailureText;
};

const BROKEN: { readonly [Why in BrokenRepository]: string } = {
  "no-git-folder": "it leads to no folder",
  "no-head": "it has no HEAD",
  "no-objects": "it has no objects",
  "no-refs": "it has no refs",
};

/** The words for every failure of the runtime. This is the file to edit them in. */
export const failureTexts: FailureTexts = {
  "stage-unusable": (data) => {
    const message =
      data.problem === "misplaced"
        ? data.reason
        : `the stage cannot be used, and no legacy source is given: ${data.path}: ${data.reason}`;
    const hint =
      data.problem === "misplaced"
        ? "change stage.dir, stage.target or stage.legacy"
        : "build the stage again with `sandboot-stage build`, or name in stage.legacy what to copy instead";
    return { message, hint };
  },

  "hook-failed": (data) => {
    const { script } = data;
    switch (data.problem) {
      case "not-a-file":
        return { message: `${script} is not a file, so it cannot be run as a script` };
      case "unreadable":
        return {
          ...systemErrorText(data.cause),
          message: `${script} cannot be read: ${errnoText(data.cause)}`,
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

  "lines-missing": ({ file, lines, timeoutMs }) => ({
    message: `${file} did not have ${lines.join(", ")} within ${seconds(timeoutMs)}, so the start hooks run without`,
    hint: "hooks.waitFor names the file; whoever starts the sandbox writes it",
  }),

  "git-failed": (data) => {
    switch (data.problem) {
      case "locked":
        return {
          message: `another git works in ${data.checkout}: it holds ${data.lock}`,
          hint: "wait until it has ended, or end it",
        };
      case "place-taken": {
        if (data.by === "repository") {
          return {
            message: `${data.path} is a repository of its own, and the commit has other files there`,
            hint: "move it elsewhere",
          };
        }
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
      case "broken-repository":
        return {
          message: `${data.checkout}/.git is damaged (${BROKEN[data.why]}), so nothing was done in it or in a repository above it`,
          hint: "restore it, or remove the folder so that it is cloned again",
        };
      case "foreign-repository":
        return {
          message: `${data.checkout}/.git leads to ${data.gitDir}, which is the repository of ${data.other}, so nothing was done`,
          hint: "remove the folder so that it is cloned again, or give the repository another path",
        };
      case "trap": {
        const what =
          data.is === "pipe"
            ? "is a pipe or a device, at which git would wait for ever"
            : `leads out of the repository, to ${data.to}`;
        const hint =
          data.path === data.checkout
            ? "remove it, or name the folder that it leads to as the repository's path"
            : "remove it";
        return { message: `${data.path} ${what}, so nothing was done in ${data.checkout}`, hint };
      }
      case "operation-in-progress":
        return {
          message: `${data.checkout} is in the middle of a ${data.operation}, which a checkout would lose`,
          hint: `finish it, or give it up with \`git ${data.operation} ${data.operation === "bisect" ? "reset" : "--abort"}\``,
        };
      case "unwritten":
        return {
          message: `git could not write all files of ${data.checkout}, such as ${data.path}`,
          hint: "see whether the disk is full; the next boot completes the checkout",
        };
      case "not-checked-out":
        return {
          message: `${data.checkout} is not at ${data.sha}${data.branch === null ? "" : ` on branch ${data.branch}`}, although git reported success`,
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

  "no-credential": ({ host, asked, why }) => ({
    message: `there is no credential for ${host}: ${asked} ${credentialProblemText(why)}`,
  }),

  "unfit-file": ({ path, why }) => ({
    message: `${path} ${why}`,
    hint: "put a regular file there, or remove it",
  }),

  "port-in-use": ({ port, key, holder }) => ({
    message: `port ${port} (${key}) is in use by ${
      holder === null
        ? "a process that this user cannot see"
        : `${holder.command} (pid ${holder.pid})`
    }`,
    hint: `end that process, or set ${key} to another port`,
  }),

  "not-installed": ({ process, command }) => {
    const what = installable(command);
    // The program of a service that is built in is named by no config.
    const other = what.includes("Debian") ? "" : ", or set its command in the config";
    return {
      message: `${process} could not be started: there is no program ${command}`,
      hint: `install ${what}${other}`,
    };
  },

  "not-started": ({ process, start }) => ({
    message: `${process} could not be started: ${startText(start)}`,
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
      case "foreign-listener":
        return {
          message: `${process} ${problemText(data)}`,
          hint: "end that process, or give this one another port",
        };
      case "wrong-port":
      case "unusable":
        return { message: `${process} ${problemText(data)}` };
      case "given-up":
        return { message: `${process} was given up: ${data.reason}` };
      case "down":
        return { message: `${process} is ${data.status} and will not be ready` };
      default:
        return data satisfies never;
    }
  },

  "ready-timeout": ({ process, timeoutMs }) => ({
    message: `${process} ${problemText({ problem: "not-ready", timeoutMs })}`,
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
      case "no-answer":
        return {
          message: `the agent broke off the connection on ${data.method} ${data.url}: ${data.error}`,
        };
      case "late":
        return {
          message: `the agent did not answer ${data.method} ${data.url} within ${seconds(data.timeoutMs)}`,
          hint: "the agent may be waiting for a network that it cannot reach; agent.readySeconds is the limit",
        };
      case "too-long":
        return {
          message: `the agent's answer to ${data.method} ${data.url} is longer than ${data.maxBytes} bytes`,
        };
      case "needs-authentication":
        return {
          message: `${data.agent} makes no session in ${data.directory}: ${withoutStop(data.message)}`,
          hint: authenticationHint(data),
        };
      case "acp-refused":
        return {
          message: `${data.agent} refused to make a session in ${data.directory}: ${data.message} (${data.errorCode})`,
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

  "agent-warm-up": ({ agent, path, status }) => ({
    message: `${agent} could not be warmed up: it answered ${status} to ${path}`,
    hint: "the first answer takes longer; `agent.warm` switches the warm-up off",
  }),

  "build-timeout": ({ timeoutMs }) => ({
    message: `the build was not done within ${seconds(timeoutMs)}`,
    hint: "allow it more time with build.seconds",
  }),

  "skills-not-fetched": ({ url, reason }) => ({
    message: `the agent's skills could not be fetched from ${url}: ${reason}`,
    hint: "agent.skills names it",
  }),

  "callback-failed": ({ url, attempts, reason }) => ({
    message: `${url} did not take the message how the build ended, in ${attempts} attempts: ${reason}`,
    hint: "build.callback names it",
  }),

  "phase-timeout": ({ phase, timeoutMs }) => ({
    message: `${phase} did not end within ${seconds(timeoutMs)}`,
  }),

  "bad-request": (data) => {
    switch (data.problem) {
      case "not-json":
        return { message: `the body is not JSON: ${data.error}` };
      case "not-an-object":
        return { message: "the body is not a JSON object" };
      case "field":
        return { message: `${data.field}: expected ${data.expected}, found ${data.found}` };
      case "input":
        return { message: data.problems.map(inputProblemText).join("\n") };
      default:
        return data satisfies never;
    }
  },

  unauthorized: () => ({ message: "a bearer token is needed" }),

  "foreign-site": ({ header, value }) => ({
    message: `requests of other sites are not admitted (${header}: ${value})`,
    hint: "without a token only names of loopback are; bridge.allowedHosts adds others",
  }),

  "not-found": ({ path }) => ({
    message: `there is nothing at ${path}`,
    hint: "docs/status-api.md lists the paths",
  }),

  "method-not-allowed": ({ path, method, allowed }) => ({
    message: `${path} takes ${allowed.join(", ")}, not ${method}`,
  }),

  "no-such-agent": ({ agent, known }) => ({
    message: `there is no agent "${agent}"; there are ${known.join(", ")}`,
  }),

  "no-such-process": ({ process, known }) => ({
    message: `there is no process "${process}"; there are ${known.join(", ") || "none"}`,
  }),

  "no-report-yet": () => ({
    message: "the boot has not ended, so there is no report of it yet",
    hint: "wait for the event boot.ready, boot.seeded or boot.failed",
  }),

  booting: ({ process, action }) => ({
    message: `the boot waits for ${process}: to ${action} it now would end the boot`,
    hint: "wait until the boot is ready",
  }),

  "not-a-seed": ({ mode }) => ({
    message: `this runtime was not started as a seed (mode ${mode})`,
    hint: "boot with --mode seed",
  }),

  "not-seeded-yet": () => ({
    message: "the seed is not up yet",
    hint: "wait for the event boot.seeded",
  }),

  adopting: () => ({ message: "another adopt of this seed is under way" }),

  "already-bound": ({ id }) => ({ message: `the seed has been bound already, by ${id}` }),

  "nothing-to-retry": () => ({
    message: "there is nothing to retry: the boot has not failed",
    hint: "a boot that has failed can be retried when it recovers (onFailure)",
  }),

  "cannot-freeze": ({ status }) =>
    status === "booting"
      ? {
          message: "the sandbox cannot be frozen while a boot or an adopt runs",
          hint: "wait until it is ready or seeded",
        }
      : { message: "the sandbox cannot be frozen, because it is ending" },

  frozen: () => ({
    message: "the sandbox is frozen",
    hint: "sandboot thaw lets it go on",
  }),

  spent: () => ({
    message: "a binding has failed in this seed and could not be undone, so it takes no other",
    hint: "end it, and take another seed",
  }),

  retrying: () => ({ message: "the boot is being retried already" }),

  stopping: () => ({ message: "the sandbox is shutting down" }),

  "too-long": ({ maxBytes }) => ({ message: `the body is longer than ${maxBytes} bytes` }),

  cancelled: ({ reason }) => ({ message: `the adopt was stopped: ${reason}` }),

  "agent-unreachable": () => ({ message: "the agent does not answer" }),

  "agent-gone": ({ error }) => ({
    message: `the agent ended before it answered (${error}); it may have begun with the request`,
  }),

  "not-ready": ({ reason, progress, agent }) => ({
    message: refusalText(reason, agent),
    hint: progress,
  }),

  "bad-input": ({ problems }) => ({ message: problems.map(inputProblemText).join("\n") }),

  "socket-taken": (data) => {
    if (data.problem === "not-a-socket") {
      return {
        message: `${data.path} is not a socket, so the status API cannot listen there`,
        hint: "remove it, or set stateDir to another folder",
      };
    }
    const pid = data.pid === null ? "a process that does not say its pid" : `pid ${data.pid}`;
    return {
      message: `another runtime (${pid}) answers on ${data.path}`,
      hint: "end it, or give this runtime a stateDir of its own",
    };
  },

  "report-unreadable": (data) => ({
    message: `${data.path}: expected a boot report (JSON of schema version ${data.schemaVersion}), found ${foundInReport(data)}`,
    ...(isMissingReport(data) && {
      hint: "name a file that --report wrote, or a boot by its number in `sandboot history`, from 1",
    }),
  }),

  "no-boot-on-record": ({ folder, needed }) => ({
    message: `${needed === 1 ? "no boot is" : `fewer than ${needed} boots are`} on record in ${folder}`,
    hint: "boot first, or name a file that --report wrote; `sandboot history` lists the boots by number",
  }),

  "no-runtime": ({ place, from, reason }) => ({
    message: `no runtime answers at ${place} (${from}): ${reason}`,
    hint: "start one with `sandboot boot`, or name its socket with --socket or SANDBOOT_SOCKET",
  }),

  "bad-plan": (data) => {
    switch (data.problem) {
      case "duplicate-id":
        return { message: `two phases are called "${data.phase}"` };
      case "unknown-need":
        return {
          message: `phase "${data.phase}" needs "${data.need}", which is not in the plan`,
        };
      case "unknown-until":
        return {
          message: `phase "${data.phase}" runs until "${data.until}", which is neither a phase nor an interrupt`,
        };
      case "required-until":
        return {
          message: `phase "${data.phase}" is required, so it cannot be ended early by its "until"`,
        };
      case "cycle":
        return { message: `phases need each other in a cycle: ${data.path.join(" → ")}` };
      default:
        return data satisfies never;
    }
  },

  "processes-survived": ({ processes }) => ({
    message: `these processes could not be ended: ${namesText(processes)}`,
    hint: "they are another user's, or the kernel waits for a device or a file system",
  }),

  "system-error": systemErrorText,

  "internal-error": ({ error }) => ({ message: error }),
};

/** @param agent - Of several. */
function refusalText(reason: FailureData["not-ready"]["reason"], agent?: string): string {
  switch (reason) {
    case "full":
      return `too many requests wait for ${agent ?? "the sandbox"} already`;
    case "deadline":
      return `${agent ?? "the sandbox"} was not ready in time`;
    case "unavailable":
      return agent === undefined ? "the sandbox has no agent" : `${agent} takes no requests now`;
    case "closed-for-good":
      return "the sandbox is shutting down";
    default:
      return reason satisfies never;
  }
}

function isMissingReport(data: FailureData["report-unreadable"]): boolean {
  return data.problem === "unreadable" && data.cause.errno === "ENOENT";
}

function foundInReport(data: FailureData["report-unreadable"]): string {
  switch (data.problem) {
    case "unreadable":
      return errnoText(data.cause);
    case "unfit":
      return `something that ${data.why}`;
    case "empty":
      return "an empty file";
    case "not-json":
      return `text that is not JSON (${data.error})`;
    case "other-version":
      return `schema version ${data.version}`;
    case "other-json":
      return `JSON that is not a report (${data.key === "" ? "" : `${data.key}: `}${data.error})`;
    default:
      return data satisfies never;
  }
}

/** Where it is, what was expected, what was found. */
function inputProblemText({ source, key, expected, found }: InputProblem): string {
  return `${source}${key === "" ? "" : `: ${key}`}: expected ${expected}, found ${found}`;
}

/** The words for one failure. */
export function failureText<Code extends FailureCode>(value: FailureValue<Code>): FailureText {
  // A value has the data of its own code.
  const render: (data: never) => FailureText = failureTexts[value.code];
  return render(value as never);
}

function gitHint(diagnosis: GitDiagnosis | null): { readonly hint?: string } {
  switch (diagnosis?.id) {
    case undefined:
      return {};
    case "lfs-missing":
      return { hint: "install git-lfs, or set lfs to false for this repository" };
    case "redirected":
      return {
        hint: `${remoteText(diagnosis)} has moved: give its new URL. Git follows no redirect while the URL has credentials, because it would send them on`,
      };
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
    case "no-credential":
      return { hint: diagnosis.message };
    default:
      return diagnosis satisfies never;
  }
}

function credentialProblemText(why: CredentialProblem): string {
  switch (why.problem) {
    case "refused":
      return `answered ${why.status}${why.answer === "" ? "" : `: ${why.answer}`}`;
    case "late":
      return `did not answer within ${seconds(why.timeoutMs)}`;
    case "unreachable":
      return `could not be asked: ${causeText(why.cause)}`;
    case "absent":
      return "does not exist";
    case "unusable":
      return why.what;
    case "expired":
      return "gave one that has expired";
    case "program":
      return `${endingText(why.ending)}${why.lastLine === null ? "" : `: ${why.lastLine}`}`;
    case "ending":
      return "was not asked, because the sandbox is ending";
    case "replaced":
      return "was asked for another configuration than the one that holds now";
    default:
      return why satisfies never;
  }
}

function remoteText({ remote }: { readonly remote: string | null }): string {
  return remote ?? "the remote";
}
