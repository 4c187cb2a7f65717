// Imports no schemas: this file is loaded before `agent.spawn`, and building the schemas would take longer than all else.
import { presentOf } from "./derive/present.ts";
import type { RuntimeEvent } from "./event.ts";
import type { PhasePlan, PhaseState } from "./phase.ts";
import type { ProcessState } from "./process.ts";
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
  present: { id: "booting", because: [] },
};

/**
 * Folds an event into the state. Runtime and extension both use it, so they cannot disagree.
 * Pure: returns a new state. An unknown event type changes only `seq`.
 */
export function reduceState(state: RuntimeState, event: RuntimeEvent): RuntimeState {
  const next = { ...state, ...changes(state, event), seq: event.seq };
  return SAYS_NOTHING_NEW.has(event.type) ? next : { ...next, present: presentOf(next) };
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
      return {
        phases: updatePhase(state, event.id, { status: "running", startMs: event.ms }),
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
    case "bridge.changed":
      return { bridge: event.bridge };
    case "process.changed": {
      const { process } = event;
      const known = state.processes.some(({ id }) => id === process.id);
      return {
        processes: known
          ? state.processes.map((old) => (old.id === process.id ? process : old))
          : [...state.processes, process],
        ...(state.readyMs !== null && { urls: addresses(state.urls, process) }),
      };
    }
    case "boot.ready":
      return {
        status: "ready",
        readyMs: event.readyMs,
        urls: event.urls,
        ...(state.adopt !== undefined && {
          adopt: { ...state.adopt, status: "adopted", endedMs: event.readyMs },
        }),
      };
    case "boot.warm":
      return { warmMs: event.warmMs };
    case "boot.seeded":
      return { status: "seeded" };
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
      const { phase, failure, sandboxId = state.sandboxId } = event;
      return {
        status: "seeded",
        sandboxId,
        adopt: { ...state.adopt, status: "failed", endedMs: event.ms, failed: { phase, failure } },
      };
    }
    case "boot.failed":
      return { status: "failed", fatal: { phase: event.phase, failure: event.failure } };
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

function pending(plan: PhasePlan): PhaseState {
  return { ...plan, status: "pending", startMs: null, endMs: null, detail: {}, warnings: [] };
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
