import { criticalChain } from "../protocol/derive/critical-chain.ts";
import { formatDuration } from "../protocol/derive/format.ts";
import { durationOf } from "../protocol/derive/times.ts";
import type { BootReport, ReportPhase } from "../protocol/index.ts";
import { type Colours, coloursOf, type Look } from "./look.ts";
import { outcomeOf } from "./outcome.ts";

/**
 * The critical chain as a tree, like that of `systemd-analyze critical-chain`. The last phase comes first. `@` is when a
 * phase began, `+` how long it took. A phase's other needs are listed with the time that they had to spare.
 */
export function renderCriticalChain(report: BootReport, look: Look): string {
  const colours = coloursOf(look);
  const byId = new Map(report.phases.map((phase) => [phase.id, phase]));
  const chain = criticalChain(report)
    .toReversed()
    .flatMap((id) => byId.get(id) ?? []);
  const lines: string[] = [headline(report, colours)];
  let depth = 0;
  for (const [at, phase] of chain.entries()) {
    const before = chain[at + 1];
    lines.push(line(depth, describe(phase, colours), look));
    const beganMs = phase.startMs ?? 0;
    for (const id of phase.needs) {
      const need = byId.get(id);
      if (need === undefined || need.id === before?.id || need.endMs === null) continue;
      const spare = formatDuration(Math.max(0, beganMs - need.endMs));
      const words = `${need.id} ${times(need)} (${spare} to spare)`;
      lines.push(line(depth + 1, colours.dim(words), look, "other"));
    }
    depth += 1;
  }
  const [first] = chain.slice(-1);
  if (first?.startMs != null) {
    lines.push(line(depth, colours.dim(`sandboot itself +${formatDuration(first.startMs)}`), look));
  }
  return `${lines.join("\n")}\n`;
}

function headline(report: BootReport, colours: Colours): string {
  const { readyMs, mode } = report;
  const outcome = outcomeOf(report);
  const what = readyMs === null ? outcome : `${outcome} after ${formatDuration(readyMs)}`;
  return `${colours.dim(`${mode}:`)} ${colours.bold(what)}`;
}

function line(depth: number, text: string, { unicode }: Look, kind?: "other"): string {
  if (depth === 0) return text;
  const elbow = kind === "other" ? (unicode ? "├─" : "|-") : unicode ? "└─" : "`-";
  return `${"  ".repeat(depth - 1)}${elbow}${text}`;
}

function describe(phase: ReportPhase, colours: Colours): string {
  const paint = phase.status === "failed" ? colours.red : colours.cyan;
  return `${colours.bold(paint(phase.id))} ${times(phase)}${phase.status === "done" ? "" : ` ${phase.status}`}`;
}

function times(phase: ReportPhase): string {
  const durationMs = durationOf(phase);
  const took = durationMs === null || durationMs < 0.5 ? "" : ` +${formatDuration(durationMs)}`;
  return `@${formatDuration(phase.startMs ?? 0)}${took}`;
}
