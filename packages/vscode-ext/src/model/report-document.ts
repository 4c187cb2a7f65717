import type { PhaseState } from "@sandboot/runtime/protocol";
import type { Snapshot } from "../store/snapshot.ts";
import { statusWord } from "./boot-tree.ts";
import { criticalChain } from "./critical-chain.ts";
import {
  codeBlock,
  escapeMarkdown,
  formatDetail,
  formatDifference,
  formatDuration,
} from "./format.ts";
import { inStartOrder } from "./groups.ts";
import { medianBoot, previousBoot } from "./history.ts";
import { processWord } from "./process-tree.ts";
import type { Translate } from "./translate.ts";

/** The boot as one Markdown page, to read and to paste into a ticket. */
export function reportDocument({ state, history }: Snapshot, t: Translate): string {
  if (state === null) return t("No boot to show yet.");
  const chain = criticalChain(state.phases, state.fatal?.phase ?? null);
  const lines = [`# ${t("Boot report")}`, ""];
  lines.push(
    table(
      ["", ""],
      [
        [t("Sandbox"), escapeMarkdown(state.sandboxId ?? "–")],
        [t("State"), state.fatal === null ? state.status : t("failed")],
        [t("Ready after"), state.readyMs === null ? "–" : formatDuration(state.readyMs)],
        [t("Started"), state.startedAt],
        [t("Mode"), `\`${state.mode}\``],
        [t("Runtime"), `${state.runtimeVersion} · pid ${state.pid}`],
        ...(state.agent === null
          ? []
          : [[t("Agent"), `${state.agent.name} ${state.agent.version ?? ""}`]]),
      ],
    ),
  );
  if (state.fatal !== null) {
    const { failure, phase } = state.fatal;
    lines.push("", `## ✗ ${escapeMarkdown(phase)}`, "", escapeMarkdown(failure.message));
    if (failure.hint !== undefined) lines.push("", `> ${escapeMarkdown(failure.hint)}`);
    const tail = failure.outputTail ?? state.output[phase] ?? [];
    if (tail.length > 0) lines.push("", codeBlock(tail));
  }
  lines.push("", `## ${t("Phases")}`, "", phaseTable(state.phases, new Set(chain), t));
  if (chain.length > 0) {
    lines.push("", `◆ ${t("Critical chain")}: ${chain.map((id) => `\`${id}\``).join(" → ")}`);
  }
  const compared = [
    ...previousLine(previousBoot(history, state), state.readyMs, t("Previous boot")),
    ...previousLine(
      medianBoot(history, state)?.boot ?? null,
      state.readyMs,
      t("p50 of earlier boots"),
    ),
  ];
  if (compared.length > 0) lines.push("", `## ${t("Compared")}`, "", ...compared);
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
  chain: ReadonlySet<string>,
  t: Translate,
): string {
  const rows = inStartOrder(phases).map((phase) => [
    chain.has(phase.id) ? "◆" : "",
    `\`${phase.id}\``,
    phase.startMs === null ? "–" : unbroken(formatDuration(phase.startMs)),
    phase.startMs === null || phase.endMs === null
      ? "–"
      : unbroken(formatDuration(phase.endMs - phase.startMs)),
    statusWord(phase.status, t),
    escapeMarkdown(
      Object.entries(phase.detail)
        .map((detail) => formatDetail(...detail).join(" "))
        .join(", "),
    ),
  ]);
  return table(["", t("Phase"), t("Began"), t("Took"), t("State"), t("Detail")], rows);
}

/** A figure and its unit stay on one line. */
function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00A0");
}

function previousLine(
  boot: { readonly readyMs: number } | null,
  readyMs: number | null,
  label: string,
): string[] {
  if (boot === null) return [];
  const difference = readyMs === null ? "" : ` (${formatDifference(readyMs - boot.readyMs)})`;
  return [`- ${label}: ${formatDuration(boot.readyMs)}${difference}`];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => ":--")), ...rows.map(line)].join("\n");
}
