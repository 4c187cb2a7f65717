// Imports no schemas: this file is loaded before `agent.spawn`, and building the schemas would take longer than all else.
import { judgePresent } from "./derive/present.ts";
import type { RuntimeEvent } from "./event.ts";
import type { PhasePlan, PhaseState } from "./phase.ts";
import type { ProcessState } from "./process.ts";
import type { BootAttempt } from "./recovery.ts";
import type { RuntimeState } from "./state.ts";
import { SCHEMA_VERSION } from "./version.ts";

/** How many lines of a phase's output the state keeps. */
export const OUTPUT_TAIL_LINES = 20;

/** The state before any event. */
export const initialState: RuntimeState = {
  schemaVersion: SCHEMA_VERSION,
  seq: 0,
  runtimeVersion: "",
  pid: 0,
  startedAt: "",
  sandboxId: null,
  mode: "fresh",
  status: "idle",
  readyMs: null,
  warmMs: null,
  urls: {},
  phases: [],
  output: {},
  processes: [],
  agent: null,
  bridge: null,
  stage: null,
  fatal: null,
  warnings: [],
  frozen: null,
  present: { id: "booting", because: [] },
};

/**
 * Folds an event into the state. Runtime and extension both use it, so they cannot disagree.
 * Pure: returns a new state. An unknown event type changes only `seq`.
 */
export function reduceState(state: RuntimeState, event: RuntimeEvent): RuntimeState {
  const next = { ...state, ...changes(state, event), seq: event.seq };
  return SAYS_NOTHING_NEW.has(event.type) ? next : { ...next, present: judgePresent(next) };
}

/** Events that come in numbers and cannot change how the sandbox stands. */
const SAYS_NOTHING_NEW: ReadonlySet<RuntimeEvent["type"]> = new Set([
  "phase.started",
  "phase.detail",
  "phase.output",
  "phase.warning",
]);

function changes(state: RuntimeState, event: RuntimeEvent): Partial<RuntimeState> {
  switch (event.type) {
    case "boot.started":
      return {
        runtimeVersion: event.runtimeVersion,
        pid: event.pid,
        startedAt: event.startedAt,
        sandboxId: event.sandboxId,
        mode: event.mode,
        status: "booting",
        readyMs: null,
        warmMs: null,
        fatal: null,
        phases: event.phases.map(pending),
      };
    case "phase.started":
      // A recovery starts what the end of the boot had skipped.
      return {
        phases: updatePhase(state, event.id, {
          status: "running",
          startMs: event.ms,
          endMs: null,
        }),
      };
    case "phase.detail":
      return {
        phases: mapPhase(state, event.id, (phase) => ({
          ...phase,
          detail: { ...phase.detail, ...event.detail },
        })),
      };
    case "phase.output": {
      const tail = [...(state.output[event.id] ?? []), event.line].slice(-OUTPUT_TAIL_LINES);
      return { output: { ...state.output, [event.id]: tail } };
    }
    case "phase.warning":
      return {
        phases: mapPhase(state, event.id, (phase) => ({
          ...phase,
          warnings: [...phase.warnings, event.message],
          warningCodes: [...(phase.warningCodes ?? []), event.code ?? null],
        })),
      };
    case "phase.ended":
      return {
        phases: updatePhase(state, event.id, {
          status: event.status,
          startMs: event.startMs,
          endMs: event.endMs,
          detail: event.detail,
          ...(event.because === undefined ? {} : { because: event.because }),
          ...(event.failure === undefined ? {} : { failure: event.failure }),
        }),
      };
    case "stage.installed":
      return { stage: event.stage };
    case "agent.changed":
      return { agent: event.agent };
    case "other-agent.changed": {
      const { agent } = event;
      return { otherAgents: withOne(state.otherAgents ?? [], agent) };
    }
    case "bridge.changed":
      return { bridge: event.bridge };
    case "process.changed": {
      const { process } = event;
      return {
        processes: withOne(state.processes, process),
        ...(state.readyMs !== null && { urls: addresses(state.urls, process) }),
      };
    }
    case "boot.ready":
      return {
        status: "ready",
        readyMs: event.readyMs,
        ...attemptEnded(state, event.ms, null),
        urls: event.urls,
        ...(state.adopt !== undefined && {
          adopt: { ...state.adopt, status: "adopted", endedMs: event.readyMs },
        }),
      };
    case "boot.warm":
      return { warmMs: event.warmMs };
    case "boot.seeded":
      return { status: "seeded", ...attemptEnded(state, event.ms, null) };
    case "adopt.started": {
      const { requestedMs, bindingId, sandboxId = state.sandboxId, repositories, phases } = event;
      const phaseIds = phases.map(({ id }) => id);
      const earlier = state.adopt?.phaseIds ?? [];
      const ofTheSeed = state.phases.filter(({ id }) => !earlier.includes(id));
      return {
        status: "booting",
        sandboxId,
        phases: [...ofTheSeed, ...phases.map(pending)],
        output: Object.fromEntries(
          Object.entries(state.output).filter(([id]) => !earlier.includes(id)),
        ),
        adopt: {
          status: "adopting",
          ...(bindingId !== undefined && { bindingId }),
          requestedMs,
          endedMs: null,
          repositories,
          phaseIds,
        },
      };
    }
    case "adopt.failed": {
      if (state.adopt === undefined) return {};
      const { phase, failure, spent, sandboxId = state.sandboxId } = event;
      return {
        status: "seeded",
        sandboxId,
        adopt: {
          ...state.adopt,
          status: "failed",
          endedMs: event.ms,
          failed: { phase, failure },
          ...(spent !== undefined && { spent }),
        },
      };
    }
    case "boot.failed": {
      const { phase, failure } = event;
      const failed = { phase, failure };
      const status = event.recovers === true ? "recovering" : "failed";
      return { status, fatal: failed, ...attemptEnded(state, event.ms, failed) };
    }
    case "recovery.started":
      return { status: "recovering" };
    case "retry.started":
      return retried(state, event);
    case "runtime.frozen":
      return { frozen: { sinceMs: event.ms, unfinished: event.unfinished } };
    case "runtime.resumed":
      return { frozen: null };
    case "runtime.warning": {
      const { source, code, message } = event;
      const warning = { source, ...(code !== undefined && { code }), message };
      return { warnings: [...state.warnings, warning] };
    }
    case "shutdown.started":
      return { status: "stopping" };
    case "shutdown.ended":
      return { status: "stopped" };
    case "stage.unusable":
      return {};
    default:
      // An event that a newer runtime has added is ignored.
      event satisfies never;
      return {};
  }
}

/** The boot is tried again: some phases wait as at its beginning, and all others are as they were. */
function retried(
  state: RuntimeState,
  { ms, from, phases }: Extract<RuntimeEvent, { type: "retry.started" }>,
): Partial<RuntimeState> {
  const again = new Map(phases.map((plan) => [plan.id, pending(plan)]));
  const known = state.attempts ?? [firstAttempt(state, ms)];
  const next = { number: known.length + 1, from, startMs: ms, endMs: null, failed: null };
  return {
    status: "booting",
    fatal: null,
    attempts: [...known, next],
    phases: state.phases.map((phase) => again.get(phase.id) ?? phase),
    output: Object.fromEntries(Object.entries(state.output).filter(([id]) => !again.has(id))),
  };
}

/** The boot itself, once it has been retried. */
function firstAttempt({ fatal, phases }: RuntimeState, ms: number): BootAttempt {
  const ended = phases.find(({ id }) => id === fatal?.phase)?.endMs;
  return { number: 1, from: null, startMs: 0, endMs: ended ?? ms, failed: fatal };
}

/** Notes how the attempt ended that runs. A boot without a retry has no attempts. */
function attemptEnded(
  { attempts }: RuntimeState,
  endMs: number,
  failed: BootAttempt["failed"],
): Pick<RuntimeState, "attempts"> {
  const last = attempts?.at(-1);
  if (attempts === undefined || last === undefined || last.endMs !== null) return {};
  return { attempts: [...attempts.slice(0, -1), { ...last, endMs, failed }] };
}

function pending(plan: PhasePlan): PhaseState {
  return { ...plan, status: "pending", startMs: null, endMs: null, detail: {}, warnings: [] };
}

/** The list with this one in the place of the one with its id; at the end, when there is none. */
function withOne<T extends { readonly id?: string | undefined }>(all: readonly T[], one: T): T[] {
  const isKnown = all.some(({ id }) => id === one.id);
  return isKnown ? all.map((old) => (old.id === one.id ? one : old)) : [...all, one];
}

/** The URLs after a sidecar has changed: only one that runs has a page to open. */
function addresses(
  urls: RuntimeState["urls"],
  { id, kind, status, url }: ProcessState,
): RuntimeState["urls"] {
  if (kind !== "sidecar") return urls;
  if (status.id === "running") return url === null ? urls : { ...urls, [id]: url };
  const { [id]: _gone, ...others } = urls;
  return others;
}

function mapPhase(
  state: RuntimeState,
  id: string,
  change: (phase: PhaseState) => PhaseState,
): PhaseState[] {
  return state.phases.map((phase) => (phase.id === id ? change(phase) : phase));
}

function updatePhase(state: RuntimeState, id: string, change: Partial<PhaseState>): PhaseState[] {
  return mapPhase(state, id, (phase) => ({ ...phase, ...change }));
}
