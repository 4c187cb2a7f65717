import type { RuntimeState } from "@sandboot/runtime/protocol";
import { criticalChain } from "./critical-chain.ts";
import { groupPhases } from "./groups.ts";
import { inEnglish } from "./translate.ts";

/**
 * The boot in Chrome's trace event format, which ui.perfetto.dev opens: a complete event a phase, a track a phase, the
 * needs as flows. Times are in microseconds.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
export function perfettoTrace(state: RuntimeState): string {
  const { pid } = state;
  const critical = new Set(criticalChain(state.phases, state.fatal?.phase ?? null));
  const phases = groupPhases(state.phases, inEnglish).flatMap(({ title, phases: members }) =>
    members.map((phase) => ({ phase, group: title })),
  );
  const tracks = new Map(phases.map(({ phase }, index) => [phase.id, index + 1]));
  const events: object[] = [
    { ph: "M", pid, name: "process_name", args: { name: `sandboot ${state.mode}` } },
  ];
  for (const { phase, group } of phases) {
    if (phase.startMs === null || phase.endMs === null) continue;
    const tid = tracks.get(phase.id);
    events.push(
      { ph: "M", pid, tid, name: "thread_name", args: { name: phase.id } },
      { ph: "M", pid, tid, name: "thread_sort_index", args: { sort_index: tid } },
      {
        ph: "X",
        pid,
        tid,
        name: phase.id,
        cat: critical.has(phase.id) ? "phase,critical" : "phase",
        ts: phase.startMs * 1000,
        dur: (phase.endMs - phase.startMs) * 1000,
        args: { group, title: phase.title, status: phase.status, ...phase.detail },
      },
    );
    for (const need of phase.needs) {
      const before = state.phases.find(({ id }) => id === need);
      if (before?.endMs == null) continue;
      const flow = { cat: "needs", name: "needs", id: `${need}→${phase.id}`, pid };
      events.push(
        { ...flow, ph: "s", tid: tracks.get(need), ts: before.endMs * 1000 - 1 },
        { ...flow, ph: "f", bp: "e", tid, ts: phase.startMs * 1000 + 1 },
      );
    }
  }
  const metadata = { runtimeVersion: state.runtimeVersion, startedAt: state.startedAt };
  return JSON.stringify({ traceEvents: events, displayTimeUnit: "ms", metadata });
}
