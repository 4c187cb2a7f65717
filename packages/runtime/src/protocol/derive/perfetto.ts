import type { PhaseState } from "../phase.ts";
import type { RuntimeState } from "../state.ts";
import { agentOfProcess } from "./agent-state.ts";
import { criticalChain } from "./critical-chain.ts";
import { repositoryOf } from "./kind.ts";
import { assignLanes } from "./lanes.ts";

/** What a trace is made from: a report, or a state with a word for how far it is. */
export type TracedBoot = Pick<
  RuntimeState,
  | "runtimeVersion"
  | "mode"
  | "startedAt"
  | "sandboxId"
  | "readyMs"
  | "phases"
  | "agent"
  | "otherAgents"
  | "processes"
  | "adopt"
> & {
  readonly status?: RuntimeState["status"];
  readonly fatal: { readonly phase: string } | null;
  readonly outcome: string;
};

/** One event of the Chrome trace format; times are microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: "M" | "X" | "i" | "s" | "f";
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly id?: number;
  readonly bp?: "e";
  readonly s?: "g";
  readonly args?: Record<string, unknown>;
}

export interface ChromeTrace {
  readonly displayTimeUnit: "ms";
  readonly traceEvents: readonly TraceEvent[];
  readonly otherData: Record<string, unknown>;
}

/** A slice has to have a length, or viewers cannot draw an arrow to it. */
const SHORTEST_US = 1;
const SHORTEST_MS = SHORTEST_US / 1000;

/**
 * The boot as a trace for https://ui.perfetto.dev and `chrome://tracing`: a group of tracks for the main thread, one for
 * the workers, one a repository, one for the processes; arrows from what was needed to what needed it.
 *
 * @see https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
export function toChromeTrace(boot: TracedBoot): ChromeTrace {
  const endMs = Math.max(0, ...boot.phases.map((phase) => phase.endMs ?? phase.startMs ?? 0));
  const groups = groupsOf(boot, endMs);
  const slices = groups.flatMap(({ name, spans }, group) => {
    const lanes = assignLanes(spans);
    return spans.map((span, at) => ({
      ...span,
      pid: group + 1,
      tid: (lanes[at] ?? 0) + 1,
      group: name,
    }));
  });
  const slot = new Map(slices.map((slice) => [slice.name, slice]));
  const flows = boot.phases.flatMap(({ id, needs }) =>
    needs.flatMap((need) => {
      const [from, to] = [slot.get(need), slot.get(id)];
      return from === undefined || to === undefined ? [] : [{ from, to }];
    }),
  );
  return {
    displayTimeUnit: "ms",
    otherData: {
      tool: `sandboot ${boot.runtimeVersion}`,
      mode: boot.mode,
      outcome: boot.outcome,
      startedAt: boot.startedAt,
      ...(boot.sandboxId === null ? {} : { sandboxId: boot.sandboxId }),
    },
    traceEvents: [
      ...groups.flatMap(({ name }, group) => [
        meta("process_name", group + 1, 0, { name }),
        meta("process_sort_index", group + 1, 0, { sort_index: group }),
      ]),
      ...[...new Map(slices.map((slice) => [`${slice.pid}/${slice.tid}`, slice])).values()].map(
        ({ pid, tid, group }) =>
          meta("thread_name", pid, tid, { name: tid === 1 ? group : `${group} (${tid})` }),
      ),
      ...slices.map(
        ({ name, pid, tid, startMs, endMs: until, args, cat }): TraceEvent => ({
          name,
          cat,
          ph: "X",
          pid,
          tid,
          ts: us(startMs),
          dur: us(until) - us(startMs),
          args,
        }),
      ),
      ...flows.flatMap(({ from, to }, at): TraceEvent[] => {
        const common = { name: "needs", cat: "needs", id: at + 1 };
        // Within the slice that gives, or the arrow would begin at whatever comes next on that track.
        const ts = Math.max(us(from.startMs), us(from.endMs) - SHORTEST_US);
        return [
          { ...common, ph: "s", pid: from.pid, tid: from.tid, ts },
          { ...common, ph: "f", bp: "e", pid: to.pid, tid: to.tid, ts: us(to.startMs) },
        ];
      }),
      ...(boot.readyMs === null
        ? []
        : [{ name: "ready", ph: "i", s: "g", pid: 1, tid: 1, ts: us(boot.readyMs) } as const]),
    ],
  };
}

interface NamedSpan {
  readonly name: string;
  readonly cat: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly args: Record<string, unknown>;
}

interface Group {
  readonly name: string;
  readonly spans: readonly NamedSpan[];
}

/** The main thread first, whether it did anything or not; then what there is. */
function groupsOf(boot: TracedBoot, endMs: number): Group[] {
  const critical = new Set(criticalChain(boot));
  const spans = boot.phases.flatMap((phase) => {
    const span = spanOf(phase, endMs, critical.has(phase.id));
    return span === null ? [] : [{ group: groupOf(phase), span }];
  });
  const names = [...new Set(["main", ...spans.map(({ group }) => group)])];
  const groups = names.map((name) => ({
    name,
    spans: spans.filter(({ group }) => group === name).map(({ span }) => span),
  }));
  const processes = processSpans(boot, endMs);
  return processes.length === 0 ? groups : [...groups, { name: "processes", spans: processes }];
}

function groupOf(phase: PhaseState): string {
  if (phase.where === "workers") return "workers";
  const repository = repositoryOf(phase);
  return repository === null ? "main" : `repository ${repository}`;
}

function spanOf(phase: PhaseState, endMs: number, critical: boolean): NamedSpan | null {
  const { id, title, status, required, needs, detail, warnings, failure, startMs } = phase;
  if (startMs === null) return null;
  return {
    name: id,
    cat: critical ? "phase,critical" : "phase",
    startMs,
    endMs: Math.max(phase.endMs ?? endMs, startMs + SHORTEST_MS),
    args: {
      title,
      status,
      required,
      critical,
      needs,
      ...(Object.keys(detail).length > 0 && { detail }),
      ...(warnings.length > 0 && { warnings }),
      ...(failure !== undefined && { failure }),
    },
  };
}

/** From its start, as far as the report knows it, to the end of the boot. */
function processSpans(boot: TracedBoot, endMs: number): NamedSpan[] {
  return boot.processes.flatMap((process) => {
    const { status } = process;
    const startMs =
      agentOfProcess(boot, process)?.spawnedMs ?? ("sinceMs" in status ? status.sinceMs : null);
    if (startMs === null || startMs > endMs) return [];
    const { id, kind, port, restarts, optional } = process;
    const args = { kind, port, restarts, optional, status };
    const until = Math.max(endMs, startMs + SHORTEST_MS);
    return [{ name: `process ${id}`, cat: "process", startMs, endMs: until, args }];
  });
}

function meta(name: string, pid: number, tid: number, args: Record<string, unknown>): TraceEvent {
  return { name, ph: "M", pid, tid, args };
}

function us(ms: number): number {
  return Math.round(ms * 1000);
}
