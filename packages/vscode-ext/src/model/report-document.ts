import {
  agentStateOf,
  agentStateWords,
  agentsIn,
  agentTitle,
  durationOf,
  focusOf,
  formatDetail,
  formatDifference,
  formatDuration,
  ITSELF,
  inStartOrder,
  outputOf,
  type PhaseState,
  phaseWords,
  presentOf,
  presentWords,
  tellingDetails,
  warningsOf,
} from "@sandboot/runtime/protocol";
import { earlierBoots } from "../store/history.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { phaseWord, sharesOf } from "./boot-tree.ts";
import { usualReady } from "./earlier.ts";
import { codeBlock, escapeMarkdown, table } from "./markdown.ts";
import { processWord } from "./process-tree.ts";
import type { Translate } from "./translate.ts";

/** The boot as a Markdown page, to read or to paste into a ticket. */
export function reportDocument({ state: whole, history }: Snapshot, t: Translate): string {
  if (whole === null) return t("No boot to show yet.");
  const state = focusOf(whole);
  const shares = sharesOf(state);
  const titles = new Map(state.phases.map(({ id, title }) => [id, title]));
  const titleOf = (id: string) => escapeMarkdown(titles.get(id) ?? id);
  const lines = [`# ${t("Boot report")}`, ""];
  lines.push(
    table(
      ["", ""],
      [
        [t("Sandbox"), escapeMarkdown(state.sandboxId ?? "–")],
        [
          t("State"),
          t(state.fatal === null ? presentWords[presentOf(state).id] : phaseWords.failed),
        ],
        [t("Ready after"), state.readyMs === null ? "–" : formatDuration(state.readyMs)],
        ...(state.agent?.firstAnswer?.kind === "answered"
          ? [[t("First answer in"), formatDuration(state.agent.firstAnswer.endMs)]]
          : []),
        [t("Started"), state.startedAt],
        [t("Mode"), `\`${state.mode}\``],
        [t("Runtime"), `${state.runtimeVersion} · pid ${state.pid}`],
        ...agentsIn(state).map((agent) => [
          t("Agent"),
          `${agentTitle(agent)} ${agent.version ?? ""} · ${t(agentStateWords[agentStateOf(agent, state)])}`,
        ]),
      ],
    ),
  );
  if (state.fatal !== null) {
    const { failure, phase } = state.fatal;
    lines.push("", `## ✗ ${titleOf(phase)}`, "", escapeMarkdown(failure.message));
    if (failure.hint !== undefined) lines.push("", `> ${escapeMarkdown(failure.hint)}`);
    const tail = outputOf(state, phase);
    if (tail.length > 0) lines.push("", codeBlock(tail));
  }
  lines.push("", `## ${t("Phases")}`, "", phaseTable(state.phases, shares, t));
  if (shares.size > 0) {
    const chain = [...shares].map(
      ([id, share]) => `${id === null ? t(ITSELF) : titleOf(id)} ${share}`,
    );
    lines.push("", `◆ ${t("Critical chain")}: ${chain.join(" → ")}`);
  }
  const warnings = warningsOf(state);
  if (warnings.length > 0) {
    lines.push("", `## ${t("Warnings")}`, "");
    for (const { source, message } of warnings) {
      lines.push(`- ${titleOf(source)}: ${escapeMarkdown(message)}`);
    }
  }
  const compared = [
    ...previousLine(earlierBoots(history, state).at(-1), state.readyMs, t("Previous boot")),
    ...previousLine(usualReady(history, state), state.readyMs, t("p50 of earlier boots")),
  ];
  if (compared.length > 0)
    lines.push("", `## ${t("Compared with earlier boots")}`, "", ...compared);
  if (state.processes.length > 0) {
    const rows = state.processes.map((process) => [
      `\`${process.id}\``,
      escapeMarkdown(processWord(process.status, t)),
      process.port === null ? "" : String(process.port),
      String(process.restarts),
    ]);
    lines.push("", `## ${t("Processes")}`, "");
    lines.push(table([t("Process"), t("State"), t("Port"), t("Restarts")], rows));
  }
  return `${lines.join("\n")}\n`;
}

function phaseTable(
  phases: readonly PhaseState[],
  shares: ReturnType<typeof sharesOf>,
  t: Translate,
): string {
  const rows = inStartOrder(phases).map((phase) => [
    shares.has(phase.id) ? "◆" : "",
    escapeMarkdown(phase.title),
    figure(phase.startMs),
    figure(durationOf(phase)),
    phaseWord(phase.status, t),
    escapeMarkdown(
      tellingDetails(phase.detail)
        .map((detail) => formatDetail(...detail).join(" "))
        .join(", "),
    ),
  ]);
  return table(["", t("Phase"), t("Began"), t("Took"), t("State"), t("Detail")], rows);
}

/** A duration whose number and unit stay on one line. */
function figure(ms: number | null): string {
  return ms === null ? "–" : formatDuration(ms).replaceAll(" ", "\u00A0");
}

function previousLine(
  boot: { readonly readyMs: number } | null | undefined,
  readyMs: number | null,
  label: string,
): string[] {
  if (boot == null) return [];
  const difference = readyMs === null ? "" : ` (${formatDifference(readyMs, boot.readyMs)})`;
  return [`- ${label}: ${formatDuration(boot.readyMs)}${difference}`];
}
