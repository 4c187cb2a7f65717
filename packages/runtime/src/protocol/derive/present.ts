// Loaded before `agent.spawn`, with the fold of events: it imports types only.
import type { AgentReport, BridgeState } from "../event.ts";
import type { PhaseState } from "../phase.ts";
import type { PresentCause, PresentId, PresentState } from "../present.ts";
import type { ProcessState, ProcessStatus } from "../process.ts";
import type { RuntimeState } from "../state.ts";

type Judged = Pick<
  RuntimeState,
  | "status"
  | "warmMs"
  | "phases"
  | "processes"
  | "otherAgents"
  | "bridge"
  | "fatal"
  | "frozen"
  | "adopt"
>;

/** How a sandbox stands now. Every surface asks this, so that all of them say the same. */
export function presentOf(state: Judged & Pick<RuntimeState, "present">): PresentState {
  // A state of an older runtime does not say it.
  return state.present ?? judgePresent(state);
}

/** For the fold of events: the state's own word is of before. */
export function judgePresent(state: Judged): PresentState {
  // A state of an older runtime has no word of it.
  const frozen: PresentState | false = state.frozen ? { id: "frozen", because: [] } : false;
  switch (state.status) {
    case "idle":
    case "booting":
      return { id: "booting", because: [] };
    case "seeded":
      if (state.adopt?.spent !== undefined) return { id: "spent", because: [] };
      return frozen || { id: "seeded", because: [] };
    case "ready":
      return frozen || ofReady(state);
    case "recovering":
      return frozen || { id: "recovering", because: causeOfFailure(state) };
    default:
      return { id: "ending", because: causeOfFailure(state) };
  }
}

/** Whether a prompt reaches the agent now. */
export function letsPromptsIn(id: PresentId): boolean {
  return id === "ready" || id === "warm" || id === "degraded";
}

function ofReady({ warmMs, phases, processes, otherAgents, bridge }: Judged): PresentState {
  const shut = shutDoor(bridge, processes);
  const broken = [...processes.filter(isBroken).map(ofProcess), ...missed(phases, otherAgents)];
  if (shut.length > 0) {
    // The agent is among both.
    const others = broken.filter((cause) => !shut.some((one) => isSame(one, cause)));
    return { id: "refusing", because: [...shut, ...others] };
  }
  if (broken.length > 0) return { id: "degraded", because: broken };
  return { id: warmMs === null ? "ready" : "warm", because: [] };
}

/** Why no prompt reaches the agent; empty when prompts do. */
function shutDoor(
  bridge: BridgeState | null,
  processes: readonly ProcessState[],
): readonly PresentCause[] {
  const agent = processes.find(isPrimaryAgent);
  const away = agent !== undefined && agent.status.id !== "running" ? [ofProcess(agent)] : [];
  if (bridge === null || bridge.gate === "open") return away;
  return [{ part: "bridge", gate: bridge.gate, reason: bridge.reason }, ...away];
}

const BROKEN: ReadonlySet<ProcessStatus["id"]> = new Set([
  "crashed",
  "backoff",
  "failed",
  "not-installed",
]);

/** A person who stops a process wants it so. */
function isBroken({ status }: ProcessState): boolean {
  return BROKEN.has(status.id);
}

/** Whether a process is the agent, or the primary one of several. */
export function isPrimaryAgent({ id, kind }: Pick<ProcessState, "id" | "kind">): boolean {
  // The others are called `agent:<id>`.
  return kind === "agent" && !id.includes(":");
}

/**
 * A phase that only saves time is no part that could be missed. Of a sidecar, and of an agent beside the primary one, its process
 * tells how it is now; and its session, when it has one meanwhile.
 */
function missed(
  phases: readonly PhaseState[],
  otherAgents: RuntimeState["otherAgents"] = [],
): PresentCause[] {
  const inSession = new Set(
    otherAgents.flatMap((agent) =>
      hasOpened(agent) ? ["binding", "session"].map((step) => `agent.${step}:${agent.id}`) : [],
    ),
  );
  return phases
    .filter(({ id, status }) => status === "warned" && !TOLD.test(id) && !inSession.has(id))
    .map(({ id, title }) => ({ part: "phase", id, title }));
}

/** Without a session because of authentication, it is as it should be: a client authenticates. */
function hasOpened({ sessionMs, authentication }: AgentReport): boolean {
  return sessionMs !== null || authentication !== null;
}

const TOLD = /^(?:agent\.(?:warm|spawn|listening|door):|sidecar\.|prefetch$)/;

function causeOfFailure({ fatal, phases }: Judged): PresentCause[] {
  if (fatal === null) return [];
  const id = fatal.phase;
  const title = phases.find((phase) => phase.id === id)?.title ?? id;
  return [{ part: "phase", id, title }];
}

function ofProcess({ id, status }: ProcessState): PresentCause {
  return { part: "process", id, status: status.id };
}

function isSame(one: PresentCause, other: PresentCause): boolean {
  return one.part === "process" && other.part === "process" && one.id === other.id;
}
