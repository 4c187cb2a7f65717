import type { PhaseState, RuntimeState } from "@sandboot/runtime/protocol";
import { isBooting, type Snapshot } from "../store/snapshot.ts";
import { statusWord } from "./boot-tree.ts";
import { criticalChain } from "./critical-chain.ts";
import { formatDetail, formatDuration } from "./format.ts";
import { groupPhases, titleInGroup } from "./groups.ts";
import { type BootSummary, medianBoot, previousBoot } from "./history.ts";
import type { Translate } from "./translate.ts";
import type { WaterfallComparison, WaterfallModel, WaterfallRow } from "./waterfall-messages.ts";

/** @returns Null when there is no boot to draw. */
export function waterfall(
  snapshot: Snapshot,
  { t, nowMs }: { readonly t: Translate; readonly nowMs: number },
): WaterfallModel | null {
  const { state, history } = snapshot;
  if (state === null || state.phases.length === 0) return null;
  const live = isBooting(snapshot);
  const critical = new Set(live ? [] : criticalChain(state.phases, state.fatal?.phase ?? null));
  return {
    title: t("Boot of {0}", state.sandboxId ?? t("this sandbox")),
    ...headline(state, t),
    nowMs,
    live,
    readyMs: state.readyMs,
    rows: groupPhases(state.phases, t).flatMap((group) =>
      group.phases.map((phase) => rowOf(phase, group.title, critical, state, t)),
    ),
    comparisons: comparisons(history, state, t),
  };
}

function headline(state: RuntimeState, t: Translate): Pick<WaterfallModel, "subtitle" | "tone"> {
  if (state.fatal !== null) return { subtitle: state.fatal.failure.message, tone: "bad" };
  if (state.readyMs !== null) {
    return { subtitle: t("ready after {0}", formatDuration(state.readyMs)), tone: "good" };
  }
  return { subtitle: state.status, tone: state.status === "booting" ? "busy" : "plain" };
}

function rowOf(
  phase: PhaseState,
  group: string,
  critical: ReadonlySet<string>,
  state: RuntimeState,
  t: Translate,
): WaterfallRow {
  const failure = phase.failure;
  return {
    id: phase.id,
    title: phase.title,
    label: titleInGroup(phase),
    group,
    status: phase.status,
    statusWord: statusWord(phase.status, t),
    startMs: phase.startMs,
    endMs: phase.endMs,
    critical: critical.has(phase.id),
    workers: phase.where === "workers",
    needs: phase.needs,
    facts: [
      ...Object.entries(phase.detail).map((detail) => formatDetail(...detail)),
      ...phase.warnings.map((warning) => [t("Warning"), warning] as const),
      ...(failure === undefined ? [] : [[t("Failure"), failure.message] as const]),
    ],
    outputTail:
      failure === undefined ? [] : (failure.outputTail ?? state.output[phase.id] ?? []).slice(-6),
  };
}

function comparisons(
  history: readonly BootSummary[],
  state: RuntimeState,
  t: Translate,
): WaterfallComparison[] {
  const previous = previousBoot(history, state);
  const typical = medianBoot(history, state);
  return [
    ...(previous === null ? [] : [comparison("previous", t("Previous boot"), previous)]),
    ...(typical === null
      ? []
      : [comparison("median", t("p50 of {0} boots", typical.count), typical.boot)]),
  ];
}

function comparison(
  id: WaterfallComparison["id"],
  label: string,
  boot: BootSummary,
): WaterfallComparison {
  return {
    id,
    label,
    readyMs: boot.readyMs,
    spans: Object.fromEntries(
      boot.phases.map(({ id: phase, startMs, endMs }) => [phase, { startMs, endMs }]),
    ),
  };
}
