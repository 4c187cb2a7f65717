import {
  agentStateOf,
  agentStateWords,
  agentsIn,
  agentTitle,
  chainShares,
  firstStartOf,
  focusOf,
  formatDetail,
  formatDuration,
  ITSELF,
  kindOf,
  outputOf,
  type PhaseState,
  presentOf,
  presentWords,
  type RuntimeState,
  sinceFocus,
  tellingDetails,
  warningsBesideFailure,
} from "@sandboot/runtime/protocol";
import { isGrowing, type Snapshot } from "../store/snapshot.ts";
import { phaseWord, sharesOf } from "./boot-tree.ts";
import { groupPhases, titleInGroup } from "./groups.ts";
import { shortenPaths } from "./shorten.ts";
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
  const shares = sharesOf(state);
  const phases = groupPhases(state.phases, t).flatMap((group) =>
    group.phases.map((phase) => rowOf(phase, { group: group.title, shares, state, t })),
  );
  return {
    title: t("Boot of {0}", state.sandboxId ?? t("this sandbox")),
    ...headline(state, t),
    nowMs: sinceFocus(whole, nowMs),
    live: isGrowing(snapshot),
    readyMs: state.readyMs,
    rows: [...rowOfItself(state, shares, t), ...phases],
    focus: state.fatal?.phase ?? failedIn(state)?.id ?? largestOf(state) ?? runningOf(state),
  };
}

/** A seed whose adopt has failed waits on, and has no fatal error. */
function failedIn({ phases }: RuntimeState): PhaseState | undefined {
  return phases.find(({ status }) => status === "failed");
}

/** The phase with the largest share; not sandboot itself, which has no details. */
function largestOf(state: RuntimeState): string | null {
  const phases = chainShares(state).filter(({ id }) => id !== null);
  return phases.toSorted((a, b) => b.share - a.share)[0]?.id ?? null;
}

function headline(state: RuntimeState, t: Translate): Pick<WaterfallModel, "subtitle" | "tone"> {
  const failure = state.fatal?.failure ?? failedIn(state)?.failure;
  if (failure !== undefined) return { subtitle: shortenPaths(failure.message), tone: "bad" };
  if (state.readyMs !== null) {
    const ready = t("ready after {0}", formatDuration(state.readyMs));
    const answer = state.agent?.firstAnswer;
    const subtitle = [
      ready,
      ...(answer?.kind === "answered"
        ? [t("first answer in {0}", formatDuration(answer.endMs))]
        : []),
      ...agentWords(state, t),
    ];
    return { subtitle: subtitle.join(" · "), tone: "good" };
  }
  const { id } = presentOf(state);
  return { subtitle: t(presentWords[id]), tone: id === "booting" ? "busy" : "plain" };
}

/** Each of several agents and how far it is. A single one is named when it is not in session, which ready says. */
function agentWords(state: RuntimeState, t: Translate): string[] {
  const agents = agentsIn(state).map((agent) => ({ agent, is: agentStateOf(agent, state) }));
  if (agents.length === 1 && agents[0]?.is === "in-session") return [];
  return agents.map(({ agent, is }) => `${agentTitle(agent)} ${t(agentStateWords[is])}`);
}

/** The running phase that the status bar names. */
function runningOf({ phases }: RuntimeState): string | null {
  return phases.findLast(({ status }) => status === "running")?.id ?? null;
}

/** What sandboot does before the first phase begins. Nothing before it has begun. */
function rowOfItself(
  { phases }: RuntimeState,
  shares: RowContext["shares"],
  t: Translate,
): WaterfallRow[] {
  const endMs = firstStartOf(phases);
  if (endMs === null) return [];
  return [
    {
      id: ITSELF,
      title: t(ITSELF),
      label: t(ITSELF),
      group: "",
      kind: "itself",
      status: "done",
      statusWord: phaseWord("done", t),
      startMs: 0,
      endMs,
      share: shares.get(null) ?? null,
      needs: [],
      facts: [],
      output: [],
    },
  ];
}

interface RowContext {
  readonly group: string;
  readonly shares: ReturnType<typeof sharesOf>;
  readonly state: RuntimeState;
  readonly t: Translate;
}

function rowOf(phase: PhaseState, { group, shares, state, t }: RowContext): WaterfallRow {
  const { id, title, status, startMs, endMs, needs, because, failure } = phase;
  return {
    id,
    title,
    label: titleInGroup(phase),
    group,
    kind: kindOf(phase),
    status,
    statusWord: phaseWord(status, t),
    startMs,
    endMs,
    share: shares.get(id) ?? null,
    needs,
    facts: [
      ...(failure === undefined ? [] : [[t("Failure"), failure.message] as const]),
      ...(failure?.hint === undefined ? [] : [[t("Hint"), failure.hint] as const]),
      ...(because === undefined ? [] : [[t("Nothing to do"), because] as const]),
      ...warningsBesideFailure(phase).map((warning) => [t("Warning"), warning] as const),
      ...tellingDetails(phase.detail).map((detail) => formatDetail(...detail)),
    ],
    output: outputOf(state, id),
  };
}
