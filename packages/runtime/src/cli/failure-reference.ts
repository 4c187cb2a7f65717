import type { FailureCode } from "../base/failure.ts";
import type { WarningCode } from "../base/warning.ts";
import { exitCodes } from "./exit-codes.ts";

/** What the documentation says of a code; `docs/exit-codes.md` is made of it. */
export type Reference =
  /** In `failure.code` of events, state and report. */
  | { readonly kind: "failure"; readonly from: string; readonly meaning: string }
  /** In `error.code` of an answer. */
  | { readonly kind: "answer"; readonly from: string; readonly meaning: string }
  /** Ends a command before anything was started. */
  | {
      readonly kind: "command";
      readonly exitCode: number;
      readonly meaning: string;
      readonly advice: string;
    };

export const failureReference: { readonly [Code in FailureCode]: Reference } = {
  "stage-unusable": {
    kind: "failure",
    from: "stage",
    meaning:
      "the stage is damaged, missing or for another agent, and no legacy installer is configured",
  },
  "hook-failed": {
    kind: "failure",
    from: "hook.setup, hook.start",
    meaning:
      "the script ended with a code other than 0, was ended by a signal, or could not be read or started",
  },
  "lines-missing": {
    kind: "failure",
    from: "wait.*",
    meaning: "a file of `hooks.waitFor` did not get its lines in time; the start hooks ran without",
  },
  "hook-timeout": {
    kind: "failure",
    from: "hook.setup, hook.start",
    meaning: "the script exceeded its time limit; it and everything it had started were ended",
  },
  "git-failed": {
    kind: "failure",
    from: "workspace.sync",
    meaning:
      "a git step failed, the place of the checkout is taken, or the repository is empty; [which failures a boot survives](modes.md)",
  },
  "git-timeout": {
    kind: "failure",
    from: "workspace.sync",
    meaning: "a git step did not end within `git.stepSeconds`",
  },
  "no-credential": {
    kind: "answer",
    from: "status API",
    meaning: "the source in `git.credentials` has none for the host; the message says why",
  },
  "port-in-use": {
    kind: "failure",
    from: "agent.spawn, bridge, status, sidecars",
    meaning: "another process listens on the port; the message names it",
  },
  "not-installed": {
    kind: "failure",
    from: "agent.spawn, sidecars, API",
    meaning: "the program is not on this machine",
  },
  "not-started": {
    kind: "failure",
    from: "agent.spawn, sidecars, API",
    meaning:
      "the program exists, and the operating system refused to start it; the message says why",
  },
  "shutting-down": {
    kind: "failure",
    from: "API",
    meaning: "the sandbox is shutting down and starts no process any more",
  },
  "bad-auth-file": {
    kind: "failure",
    from: "agent.home",
    meaning: "OpenCode's `auth.json` is not a JSON object; it is left as it is",
  },
  "mcp-packages": {
    kind: "failure",
    from: "agent.mcp",
    meaning: "npx could not fetch a package; a warning",
  },
  "process-exited": {
    kind: "failure",
    from: "agent.listening, sidecars",
    meaning: "the process ended, or cannot do its work; the failure has the tail of its output",
  },
  "ready-timeout": {
    kind: "failure",
    from: "agent.listening, sidecars",
    meaning: "the process runs, and was not ready in time",
  },
  "agent-warm-up": {
    kind: "failure",
    from: "`agent.warm:decoy`, `agent.warm:workspace` (a warning)",
    meaning: "the agent refused a request of the [warm-up](warm.md); its first answer takes longer",
  },
  "agent-session": {
    kind: "failure",
    from: "agent.session",
    meaning: "the agent refused to open the workspace, or did not answer",
  },
  "skills-not-fetched": {
    kind: "failure",
    from: "skills.fetch",
    meaning: "`agent.skills.url` did not answer with skills",
  },
  "build-timeout": {
    kind: "failure",
    from: "mode build",
    meaning: "syncs and setups took longer than `build.seconds`",
  },
  "callback-failed": {
    kind: "failure",
    from: "build.callback",
    meaning: "nobody could be told how the build ended",
  },
  "phase-timeout": {
    kind: "failure",
    from: "any phase",
    meaning: "the phase did not end within its time limit",
  },
  "system-error": {
    kind: "failure",
    from: "any",
    meaning:
      "the operating system refused an operation on a file, a folder or an address: full disk, missing permission, read-only file system; the message names the path and the cause",
  },
  "unfit-file": {
    kind: "failure",
    from: "agent.home, agent.spawn",
    meaning:
      "`agent.envFile` or OpenCode's `auth.json` is a pipe, a folder, a device or larger than 1 MiB; it is not read",
  },
  "internal-error": {
    kind: "failure",
    from: "any",
    meaning: "a bug in sandboot; the stack is in the output tail",
  },

  "bad-request": {
    kind: "answer",
    from: "API",
    meaning:
      "the request cannot be read; the message names the field, what was expected and what was found",
  },
  unauthorized: {
    kind: "answer",
    from: "API, bridge",
    meaning: "the bearer token is missing or wrong",
  },
  "foreign-site": {
    kind: "answer",
    from: "API, bridge",
    meaning:
      "a request without a token has a name of another site in `Host` or `Origin`, or a page of another site sent it",
  },
  "not-found": { kind: "answer", from: "API", meaning: "there is no such path" },
  "no-such-agent": { kind: "answer", from: "bridge", meaning: "no agent has this id" },
  "no-such-process": { kind: "answer", from: "API", meaning: "there is no such process" },
  "no-report-yet": {
    kind: "answer",
    from: "API",
    meaning: "the boot has not ended, so it has no report yet",
  },
  "method-not-allowed": {
    kind: "answer",
    from: "API",
    meaning: "the path takes another method; `Allow` lists them",
  },
  booting: {
    kind: "answer",
    from: "API",
    meaning: "the boot still needs this process: acting on it now would end the boot",
  },
  "not-a-seed": {
    kind: "answer",
    from: "API",
    meaning: "this sandbox was not started as a seed ([adopt](adopt.md))",
  },
  "not-seeded-yet": { kind: "answer", from: "API", meaning: "the seed is not up yet" },
  adopting: { kind: "answer", from: "API", meaning: "another adopt of this seed is under way" },
  "already-bound": {
    kind: "answer",
    from: "API",
    meaning: "the seed has been bound already; `detail.id` names the binding",
  },
  "nothing-to-retry": {
    kind: "answer",
    from: "API",
    meaning: "the boot has not failed, so there is nothing to [retry](recovery.md)",
  },
  "cannot-freeze": {
    kind: "answer",
    from: "API",
    meaning: "a boot or an adopt runs, or the sandbox is ending: it cannot be frozen now",
  },
  frozen: {
    kind: "answer",
    from: "API",
    meaning: "the sandbox is frozen; `sandboot thaw` lets it go on",
  },
  spent: {
    kind: "answer",
    from: "API",
    meaning: "a binding has failed in this seed and could not be undone: end it, and take another",
  },
  retrying: { kind: "answer", from: "API", meaning: "the boot is being retried already" },
  stopping: { kind: "answer", from: "API", meaning: "the sandbox is shutting down" },
  "too-long": { kind: "answer", from: "API", meaning: "the body is longer than allowed" },
  cancelled: {
    kind: "answer",
    from: "API",
    meaning: "the adopt was stopped before it had ended",
  },
  "processes-survived": {
    kind: "answer",
    from: "API",
    meaning:
      "some processes could not be ended: they are another user's, or the kernel waits for a device",
  },
  "agent-unreachable": {
    kind: "answer",
    from: "bridge",
    meaning: "the agent does not answer ([bridge](bridge.md))",
  },
  "agent-gone": {
    kind: "answer",
    from: "bridge",
    meaning: "the agent ended while it had the request",
  },
  "not-ready": {
    kind: "answer",
    from: "bridge",
    meaning: "the sandbox takes no prompts at the moment; `Retry-After` says when to ask again",
  },

  "socket-taken": {
    kind: "command",
    exitCode: exitCodes.failed,
    meaning: "another runtime uses the state folder; stderr names its pid",
    advice: "end it, or set `stateDir`",
  },
  "no-boot-on-record": {
    kind: "command",
    exitCode: exitCodes.failed,
    meaning: "`report`, `analyze`, `history` or `diff`: no boot is on record yet",
    advice: "boot first, or name a report file",
  },
  "no-runtime": {
    kind: "command",
    exitCode: exitCodes.failed,
    meaning: "`status`, `events`, `logs`, …: no runtime answers",
    advice: "start one, or name its socket with `--socket`",
  },
  "bad-input": {
    kind: "command",
    exitCode: exitCodes.badInput,
    meaning:
      "bad input: a flag, a config key, an environment value, a missing file, a state folder, workspace or `--report` that cannot be written",
    advice: "the message names the key, what was expected and what was found",
  },
  "report-unreadable": {
    kind: "command",
    exitCode: exitCodes.badInput,
    meaning: "a file that should be a boot report is not one",
    advice: "the message says what the file holds instead",
  },
  "bad-plan": {
    kind: "command",
    exitCode: exitCodes.internal,
    meaning: "a bug in sandboot: the phases of this boot do not fit together",
    advice: "report it",
  },
};

/** How a process ends that began its work, for the same page. */
export const exitReference: {
  readonly [Name in keyof typeof exitCodes]: {
    readonly exitCodes: readonly number[];
    readonly meaning: string;
    readonly advice: string;
  };
} = {
  ok: {
    exitCodes: [exitCodes.ok],
    meaning:
      "the boot was ready and ended in good order: by `--until`, by a signal, by a bridge whose work is done (`bridge.exit`), or by `POST /v1/shutdown`; a `build` ended well; a command did its work",
    advice: "–",
  },
  bootFailed: {
    exitCodes: [exitCodes.bootFailed],
    meaning:
      "a required phase failed; stderr and the report name it, its cause and the last lines of its output",
    advice: "read the message; [`failure.code`](#failurecode) below",
  },
  failed: {
    exitCodes: [exitCodes.failed],
    meaning: "a command could not do its work; `doctor` found that a boot cannot work here",
    advice: "read the message",
  },
  badInput: {
    exitCodes: [exitCodes.badInput],
    meaning: "a Node older than 22",
    advice: "install Node 22 or later",
  },
  internal: {
    exitCodes: [exitCodes.internal],
    meaning: "a bug in sandboot; stderr has the stack",
    advice: "report it",
  },
  interruptedBy: {
    exitCodes: ["SIGINT", "SIGTERM", "SIGHUP"].map(exitCodes.interruptedBy),
    meaning:
      "SIGINT, SIGTERM or SIGHUP ended the boot before it was ready; `POST /v1/shutdown` counts as SIGTERM",
    advice: "–",
  },
  killed: {
    exitCodes: [exitCodes.killed],
    meaning: "a third signal: everything was killed without waiting",
    advice: "–",
  },
};

/** Where a warning comes from and what it means, for `docs/exit-codes.md`. */
export const warningReference: {
  readonly [Code in WarningCode]: { readonly from: string; readonly meaning: string };
} = {
  "stage-replaced": {
    from: "stage",
    meaning: "the stage cannot be used, and the legacy sources were copied instead",
  },
  "half-clone-removed": {
    from: "workspace.sync",
    meaning: "the remains of a clone that was killed were removed",
  },
  "stale-lock-removed": {
    from: "workspace.sync",
    meaning: "a lock of a git that was killed was removed",
  },
  "commits-unpushed": {
    from: "workspace.sync",
    meaning:
      "the branch has commits that the remote lacks, and the remote has nothing new: they stay",
  },
  "commits-kept": {
    from: "workspace.sync",
    meaning: "commits that no branch holds any more are kept under the ref that the message names",
  },
  "ref-gave-way": {
    from: "workspace.sync",
    meaning: "a branch whose name cannot exist beside the wanted one is kept under another ref",
  },
  "setting-removed": {
    from: "workspace.sync",
    meaning: "a program that the repository's own git configuration names was removed from it",
  },
  "index-repaired": {
    from: "workspace.sync",
    meaning: "git's index was damaged, and is made again from HEAD",
  },
  "ref-repaired": {
    from: "workspace.sync",
    meaning: "the file of a branch was damaged, and has the commit of its log",
  },
  "checkout-repaired": {
    from: "workspace.sync",
    meaning: "a checkout that was cut off is whole again; `git stash list` shows what differed",
  },
  "config-overridden": {
    from: "workspace.assemble",
    meaning: "two repositories have the same file; that of the later one is used",
  },
  "config-left-out": {
    from: "workspace.assemble",
    meaning: "a file of a repository is not merged; the message says why",
  },
  "skill-left-out": {
    from: "agent.skills",
    meaning: "a skill of that name is there already, in the repository, say; that one is used",
  },
  "agent-outdated": {
    from: "agent.session",
    meaning: "the hooks changed files that the agent had read, so it was started again",
  },
  "agent-needs-authentication": {
    from: "agent.session",
    meaning: "an [ACP agent](agents.md#acp) makes no session before a client has authenticated",
  },
  "packages-missing": {
    from: "workspace.link",
    meaning: "packages that a repository's agent folder declares are not available",
  },
  "checkouts-not-trusted": {
    from: "workspace.sync",
    meaning:
      "the state folder could not take the file by which the git of hooks and agent trusts checkouts of another owner",
  },
  "packages-not-linked": {
    from: "workspace.link, agent.home",
    meaning: "no packages are linked into a config folder of the agent; the message says why",
  },
  "full-catalogue": {
    from: "agent.session",
    meaning:
      "the agent reads its own catalogue of models and not the stage's; the message says why",
  },
  "extension-missing": { from: "sidecar.code-server", meaning: "an extension is not available" },
  "extension-list-unreadable": {
    from: "sidecar.code-server",
    meaning: "the list of extensions cannot be read; it is left as it is",
  },
  "settings-unreadable": {
    from: "sidecar.code-server",
    meaning: "the settings cannot be read; they are left as they are",
  },
  "nothing-configured": {
    from: "config",
    meaning: "neither a config file nor the environment says what to boot, so the sandbox is empty",
  },
  "sandbox-unnamed": {
    from: "config",
    meaning: "a control plane is configured, and this sandbox has no name",
  },
  "pid-1": { from: "pid-1", meaning: "sandboot is PID 1 of its container ([image](image.md))" },
  "events-lost": { from: "events-log", meaning: "the disk was too slow for some events" },
  "leftovers-ended": {
    from: "processes",
    meaning: "a runtime that was killed had left processes; they were ended before the boot",
  },
  "processes-left": {
    from: "hook.*, processes",
    meaning:
      "some processes could not be ended: they are another user's, or the kernel waits for a device",
  },
  "output-not-logged": {
    from: "events-log",
    meaning: "lines of output take half of the event log; later lines are left out",
  },
  "events-not-written": { from: "events-log", meaning: "events could not be written to the disk" },
  "low-priority-kept": {
    from: "supervisor",
    meaning: "sidecars could not be given their normal priority",
  },
  "control-plane-unreachable": {
    from: "control-plane",
    meaning: "messages are kept until the control plane answers",
  },
  "control-plane-refused": {
    from: "control-plane",
    meaning: "the control plane refused a message for good",
  },
  "report-not-sent": { from: "control-plane", meaning: "there is no report to send" },
  "build-failure-not-told": {
    from: "build",
    meaning: "`build.callback.failureUrl` did not take the message that the build has failed",
  },
  "platform-file-not-written": {
    from: "platform",
    meaning: "a file by which the system that starts the sandbox hears of it could not be written",
  },
  "credential-missing": {
    from: "git",
    meaning: "the source in `git.credentials` has no credential for its host",
  },
  "credentials-not-set-up": {
    from: "git",
    meaning: "the files could not be written by which git and gh in the sandbox find credentials",
  },
  "outbox-unusable": {
    from: "control-plane",
    meaning: "messages are kept in memory, because they cannot be written to the disk",
  },
  "outbox-full": {
    from: "control-plane",
    meaning: "too many messages wait: the oldest changes of state are dropped",
  },
  "trace-not-sent": { from: "telemetry", meaning: "the trace could not be sent" },
  "binding-refused": {
    from: "binding",
    meaning: "what a watched file holds could not be bound ([warm pools](warm-pools.md))",
  },
  "boot-not-recorded": {
    from: "boot-record",
    meaning: "the boot could not be written into the history",
  },
  "report-outdated": {
    from: "boot-record",
    meaning: "the file of `--report` could not be updated after a late phase",
  },
};

/** The exit code of a command that ends with this failure. */
export function exitCodeOf(code: FailureCode): number {
  const reference = failureReference[code];
  if (reference.kind === "command") return reference.exitCode;
  return code === "internal-error" ? exitCodes.internal : exitCodes.failed;
}
