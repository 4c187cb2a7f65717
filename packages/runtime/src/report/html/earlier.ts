import { bootStrip } from "../../protocol/derive/boot-strip.ts";
import { focusOf } from "../../protocol/derive/focus.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import type { Statistics } from "../../protocol/derive/statistics.ts";
import type { BootReport } from "../../protocol/index.ts";
import { isTimed } from "./summary.ts";
import { type Html, html } from "./template.ts";

const HEIGHT_PX = 96;

/** Time to readiness of earlier boots in this mode, oldest first, and of this one. */
export function earlierBoots(
  report: BootReport,
  earlier: readonly BootReport[],
  usual: Statistics,
): Html | false {
  const same = earlier
    .map(focusOf)
    .flatMap(({ mode, readyMs, startedAt }) =>
      mode === report.mode && readyMs !== null ? [{ startedAt, readyMs }] : [],
    );
  if (!isTimed(report) || same.length === 0 || usual.ready === null) return false;
  const { readyMs, startedAt } = report;
  const all = readyMs === null ? same : [...same, { startedAt, readyMs }];
  const { bars, end, p50 } = bootStrip(all, usual.ready.p50Ms);
  const y = 100 - (p50 ?? 0);
  return html`<section class="card" aria-labelledby="earlier-title"><header class="card-head"><h2 id="earlier-title">Earlier boots</h2>
<p class="sub">time to readiness of ${same.length} boot${same.length === 1 ? "" : "s"} in mode ${report.mode}, oldest first; the line is p50, ${formatDuration(usual.ready.p50Ms)}</p></header>
<svg class="earlier" height="${HEIGHT_PX}" role="img" aria-label="p50 ${formatDuration(usual.ready.p50Ms)}, p95 ${formatDuration(usual.ready.p95Ms)}">
${bars.map(
  (bar) =>
    html`<rect class="${bar.startedAt === startedAt ? "this" : "that"}" x="${bar.x}%" y="${100 - bar.height}%" width="${bar.width}%" height="${bar.height}%" rx="2"><title>${bar.startedAt}: ${formatDuration(bar.readyMs)}</title></rect>`,
)}
<line class="p50" x1="0" x2="${end}%" y1="${y}%" y2="${y}%"></line></svg></section>`;
}
