import type { BridgeState } from "../event.ts";
import type { PhaseState, PhaseStatus } from "../phase.ts";
import type { ProcessStatus } from "../process.ts";
import { formatDuration } from "./format.ts";
import type { PhaseKind } from "./kind.ts";

/** A message in English with `{0}`, `{1}`, … for what differs. Translators see the text, with the places in it. */
export interface Message {
  readonly text: string;
  readonly args: readonly (string | number)[];
}

/** Fills the places of a message. */
export function fillMessage(text: string, ...args: readonly (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (whole, index) => String(args[Number(index)] ?? whole));
}

/** How a phase stands, for people. */
export const phaseWords: Readonly<Record<PhaseStatus, string>> = {
  pending: "waiting",
  running: "running",
  done: "done",
  warned: "failed, boot continued",
  failed: "failed",
  skipped: "skipped",
  cancelled: "cancelled",
};

/** What a phase works on, for people. */
export const kindWords: Readonly<Record<PhaseKind, string>> = {
  files: "files",
  git: "git",
  hook: "hooks",
  agent: "agent",
  sidecar: "sidecars",
  bridge: "bridge",
  other: "other",
};

/** What runs before the first phase, as a name beside those of phases. */
export const ITSELF = "sandboot itself";

/** What a running phase waits for, for people; null when it does not say. */
export function waitingText({ detail }: Pick<PhaseState, "detail">): string | null {
  const what = detail["waitingFor"];
  return typeof what === "string" ? `waiting for ${what}` : null;
}

/** What the bridge does with prompts, for people. */
export const gateWords: Readonly<Record<BridgeState["gate"], string>> = {
  open: "lets prompts in",
  holding: "holds prompts",
  refusing: "refuses prompts",
};

/** What a process does, for people; {@link describeProcess} fills the places. */
export const processWords = {
  idle: "not started",
  starting: "starting",
  running: "running",
  stopping: "stopping",
  stopped: "stopped",
  crashed: "crashed",
  exited: "crashed with exit code {0}",
  killed: "killed by {0}",
  restarting: "restarting",
  backoff: "restarting after {0}, attempt {1}",
  failed: "failed",
  "not-installed": "not installed",
} as const;

/** What a process does, in a few words, and why, where the runtime knows. */
export function describeProcess(status: ProcessStatus): {
  readonly message: Message;
  readonly reason: string | null;
} {
  const say = (name: keyof typeof processWords, ...args: readonly (string | number)[]) => ({
    message: { text: processWords[name], args },
    reason: null,
  });
  switch (status.id) {
    case "idle":
    case "starting":
    case "running":
    case "stopping":
    case "stopped":
      return say(status.id);
    case "crashed":
      if (status.signal !== null) return say("killed", status.signal);
      return status.exitCode === null ? say("crashed") : say("exited", status.exitCode);
    case "backoff":
      return say("backoff", formatDuration(status.retryAtMs - status.sinceMs), status.attempt);
    case "failed":
      return { ...say("failed"), reason: status.reason };
    case "not-installed":
      return { ...say("not-installed"), reason: status.command };
    default:
      // A status of a newer runtime has its own name.
      status satisfies never;
      return { message: { text: (status as ProcessStatus).id, args: [] }, reason: null };
  }
}

/** The process id, while there is a process. */
export function pidOf(status: ProcessStatus): number | null {
  return "pid" in status ? status.pid : null;
}
