import {
  criticalChain,
  focusOf,
  formatDetail,
  formatDuration,
  outputOf,
  type PhaseState,
  presentOf,
  presentWords,
  type RuntimeState,
  sinceFocus,
  tellingDetails,
} from "@sandboot/runtime/protocol";
import { isBooting, type Snapshot } from "../store/snapshot.ts";
import { phaseWord } from "./boot-tree.ts";
import { groupPhases, titleInGroup } from "./groups.ts";
import type { Translate } from "./translate.ts";
import type { WaterfallModel, WaterfallRow } from "./waterfall-messages.ts";

/** @returns Null when there is no boot to draw. */
export function waterfall(
  snapshot: Snapshot,
  { t, nowMs }: { readonly t: Translate; readonly nowMs: number },
): WaterfallModel | null {
  const { state: whole } = snapshot;
  if (whole === null || whole.phases.length === 0) return null;
  const state = focusOf(whole);
  const critical = new Set(criticalChain(state));
  return {
    title: t("Boot of {0}", state.sandboxId ?? t("this sandbox")),
    ...headline(state, t),
    nowMs: sinceFocus(whole, nowMs),
    live: isBooting(snapshot),
    readyMs: state.readyMs,
    rows: groupPhases(state.phases, t).flatMap((group) =>
      group.phases.map((phase) => rowOf(phase, group.title, critical, state, t)),
    ),
  };
}

function headline(state: RuntimeState, t: Translate): Pick<WaterfallModel, "subtitle" | "tone"> {
  if (state.fatal !== null) return { subtitle: state.fatal.failure.message, tone: "bad" };
  if (state.readyMs !== null) {
    const ready = t("ready after {0}", formatDuration(state.readyMs));
    const answer = state.agent?.firstAnswer;
    const subtitle =
      answer?.kind === "answered"
        ? `${ready} · ${t("first answer in {0}", formatDuration(answer.endMs))}`
        : ready;
    return { subtitle, tone: "good" };
  }
  const { id } = presentOf(state);
  return { subtitle: t(presentWords[id]), tone: id === "booting" ? "busy" : "plain" };
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
    statusWord: phaseWord(phase.status, t),
    startMs: phase.startMs,
    endMs: phase.endMs,
    critical: critical.has(phase.id),
    workers: phase.where === "workers",
    needs: phase.needs,
    facts: [
      ...(phase.because === undefined ? [] : [[t("Nothing to do"), phase.because] as const]),
      ...tellingDetails(phase.detail).map((detail) => formatDetail(...detail)),
      ...phase.warnings.map((warning) => [t("Warning"), warning] as const),
      ...(failure === undefined ? [] : [[t("Failure"), failure.message] as const]),
    ],
    outputTail: failure === undefined ? [] : outputOf(state, phase.id).slice(-6),
  };
}
