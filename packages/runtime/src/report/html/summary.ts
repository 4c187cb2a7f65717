import { criticalChain } from "../../protocol/derive/critical-chain.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import { kindOf } from "../../protocol/derive/kind.ts";
import type { Statistics } from "../../protocol/derive/statistics.ts";
import { durationOf } from "../../protocol/derive/times.ts";
import type { BootReport } from "../../protocol/index.ts";
import { outcomeOf } from "../outcome.ts";
import { anchorOf } from "./anchor.ts";
import { failureBox } from "./details.ts";
import { type Html, html } from "./template.ts";
import { deltaChip } from "./waterfall.ts";

/** The top of the page: how the boot ended and when, whether that is usual, and what it waited for. */
export function summary(report: BootReport, usual: Statistics): Html {
  const { outcome, readyMs, mode, sandboxId, startedAt, runtimeVersion, agent, fatal } = report;
  return html`<header class="top outcome-${outcome}">
<p class="eyebrow">sandboot ${runtimeVersion}</p>
<h1>${HEADLINES[outcomeOf(report)]}${readyMs !== null && html` in <strong>${formatDuration(readyMs)}</strong>`}
${readyMs !== null && usual.ready !== null && deltaChip(readyMs, usual.ready.p50Ms)}</h1>
<ul class="facts">
<li><span>mode</span>${mode}</li>
${sandboxId !== null && html`<li><span>sandbox</span>${sandboxId}</li>`}
<li><span>started</span><time datetime="${startedAt}">${startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</time></li>
${agent !== null && html`<li><span>agent</span>${agent.name}${agent.version !== null && ` ${agent.version}`}</li>`}
${isTimed(report) && usual.ready !== null && html`<li><span>usually</span>${formatDuration(usual.ready.p50Ms)} (p50), ${formatDuration(usual.ready.p95Ms)} (p95) of ${usual.ready.count} boot${usual.ready.count === 1 ? "" : "s"}</li>`}
</ul>
</header>
${
  fatal !== null &&
  html`<section class="card fatal" aria-labelledby="fatal-title"><h2 id="fatal-title"><a href="#${anchorOf(fatal.phase)}">${fatal.phase}</a> failed</h2>
${failureBox(fatal.failure)}
<p>Ready by then: ${fatal.readyByThen.length === 0 ? "nothing" : fatal.readyByThen.join(", ")}.</p></section>`
}
${
  report.warnings.length > 0 &&
  html`<section class="card warned" aria-labelledby="warnings-title"><h2 id="warnings-title">Warnings</h2>
<ul>${report.warnings.map(({ phase, message }) => html`<li>${sourceOf(phase, report)} ${message}</li>`)}</ul></section>`
}
${chain(report)}`;
}

/** Whether its time to readiness can be compared. A seed and a build have none. */
export function isTimed({ readyMs, fatal }: BootReport): boolean {
  return readyMs !== null || fatal !== null;
}

/** A warning about the runtime itself has no phase to link to. */
function sourceOf(source: string, { phases }: BootReport): Html {
  const isPhase = phases.some(({ id }) => id === source);
  return isPhase ? html`<a href="#${anchorOf(source)}">${source}</a>` : html`<b>${source}</b>`;
}

const HEADLINES: Readonly<Record<ReturnType<typeof outcomeOf>, string>> = {
  ready: "Ready",
  seeded: "Seeded",
  built: "Built",
  failed: "Failed",
  cancelled: "Cancelled",
  adopted: "Adopted",
  "not adopted": "Not adopted",
};

/** The critical chain as one bar. The width of each phase is its duration. */
function chain(report: BootReport): Html | false {
  const byId = new Map(report.phases.map((phase) => [phase.id, phase]));
  const phases = criticalChain(report).flatMap((id) => byId.get(id) ?? []);
  const firstMs = phases[0]?.startMs ?? 0;
  const links = [
    { id: "sandboot itself", tookMs: firstMs, href: null, kind: "itself" },
    ...phases.map((phase) => ({
      id: phase.id,
      tookMs: durationOf(phase) ?? 0,
      href: `#${anchorOf(phase.id)}`,
      kind: kindOf(phase),
    })),
  ].filter(({ tookMs }) => tookMs >= 0.5);
  const totalMs = links.reduce((sum, { tookMs }) => sum + tookMs, 0);
  if (phases.length === 0 || totalMs === 0) return false;
  const parts = links.map((link) => ({ ...link, share: (link.tookMs / totalMs) * 100 }));
  return html`<section class="card" aria-labelledby="chain-title"><header class="card-head"><h2 id="chain-title">Critical chain</h2>
<p class="sub">what the boot waited for; to make it faster, make one of these faster</p></header>
<div class="chain-bar" aria-hidden="true">${parts.map(({ kind, share }) => html`<i class="${kind}" style="flex-grow:${share}"></i>`)}</div>
<ol class="chain-list">${parts.map(
    ({ id, tookMs, href, kind, share }) =>
      html`<li><i class="dot ${kind}"></i>${href === null ? id : html`<a href="${href}">${id}</a>`}
<span class="took">${formatDuration(tookMs)}</span><span class="share">${share < 1 ? "<1" : Math.round(share)} %</span></li>`,
  )}</ol></section>`;
}
