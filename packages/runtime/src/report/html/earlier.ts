import { focusOf } from "../../protocol/derive/focus.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import type { Statistics } from "../../protocol/derive/statistics.ts";
import type { BootReport } from "../../protocol/index.ts";
import { isTimed } from "./summary.ts";
import { type Html, html } from "./template.ts";

const SHOWN = 40;
/** Bars get no wider than with so many boots: their width has no meaning. */
const FEWEST_SLOTS = 24;
const HEIGHT = 96;

/** Time to readiness of earlier boots in this mode, oldest first, and of this one. */
export function earlierBoots(
  report: BootReport,
  earlier: readonly BootReport[],
  usual: Statistics,
): Html | false {
  const same = earlier
    .map(focusOf)
    .filter(({ mode, readyMs }) => mode === report.mode && readyMs !== null)
    .slice(-SHOWN);
  if (!isTimed(report) || same.length === 0 || usual.ready === null) return false;
  const boots = report.readyMs === null ? same : [...same, report];
  const mostMs = Math.max(...boots.map(({ readyMs }) => readyMs ?? 0));
  const width = 100 / Math.max(boots.length, FEWEST_SLOTS);
  const y = (ms: number) => Math.round((HEIGHT - (ms / mostMs) * (HEIGHT - 6)) * 10) / 10;
  const p50 = y(usual.ready.p50Ms);
  return html`<section class="card" aria-labelledby="earlier-title"><header class="card-head"><h2 id="earlier-title">Earlier boots</h2>
<p class="sub">time to readiness of ${same.length} boot${same.length === 1 ? "" : "s"} in mode ${report.mode}, oldest first; the line is p50, ${formatDuration(usual.ready.p50Ms)}</p></header>
<svg class="earlier" height="${HEIGHT}" role="img" aria-label="p50 ${formatDuration(usual.ready.p50Ms)}, p95 ${formatDuration(usual.ready.p95Ms)}">
${boots.map(({ readyMs, startedAt }, at) => {
  const top = y(readyMs ?? 0);
  return html`<rect class="${startedAt === report.startedAt ? "this" : "that"}" x="${(at * width).toFixed(3)}%" y="${top}" width="${(width * 0.8).toFixed(3)}%" height="${HEIGHT - top}" rx="2"><title>${startedAt}: ${formatDuration(readyMs ?? 0)}</title></rect>`;
})}
<line class="p50" x1="0" x2="100%" y1="${p50}" y2="${p50}"></line></svg></section>`;
}
