import { agentsIn, agentText } from "../../protocol/derive/agent-state.ts";
import { chainShares, formatShare } from "../../protocol/derive/chain-shares.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import { kindOf } from "../../protocol/derive/kind.ts";
import type { Statistics } from "../../protocol/derive/statistics.ts";
import { ITSELF } from "../../protocol/derive/words.ts";
import type { BootReport, ReportPhase } from "../../protocol/index.ts";
import { outcomeOf } from "../outcome.ts";
import { failureBox } from "./details.ts";
import { phaseLink, phaseLinks } from "./phase-link.ts";
import { type Html, html } from "./template.ts";
import { deltaChip } from "./waterfall.ts";

/** Less of the chain is no part to be seen. */
const LEAST_SHOWN_MS = 0.5;

/** The top of the page: how the boot ended and when, whether that is usual, and what it waited for. */
export function summary(report: BootReport, usual: Statistics): Html {
  const { outcome, readyMs, mode, sandboxId, startedAt, runtimeVersion, fatal } = report;
  return html`<header class="top outcome-${outcome}">
<p class="eyebrow">sandboot ${runtimeVersion}</p>
<h1>${HEADLINES[outcomeOf(report)]}${readyMs !== null && html` in <strong>${formatDuration(readyMs)}</strong>`}
${readyMs !== null && usual.ready !== null && deltaChip(readyMs, usual.ready.p50Ms)}</h1>
<ul class="facts">
<li><span>mode</span>${mode}</li>
${sandboxId !== null && html`<li><span>sandbox</span>${sandboxId}</li>`}
<li><span>started</span><time datetime="${startedAt}">${startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</time></li>
${agentsIn(report).map((agent) => html`<li><span>agent</span>${agentText(agent, report)}</li>`)}
${isTimed(report) && usual.ready !== null && html`<li><span>usually</span>${formatDuration(usual.ready.p50Ms)} (p50), ${formatDuration(usual.ready.p95Ms)} (p95) of ${usual.ready.count} boot${usual.ready.count === 1 ? "" : "s"}</li>`}
</ul>
</header>
${
  fatal !== null &&
  html`<section class="card fatal" aria-labelledby="fatal-title"><h2 id="fatal-title">${sourceOf(fatal.phase, report)} failed</h2>
${failureBox(fatal.failure)}
<p>Ready by then: ${fatal.readyByThen.length === 0 ? "nothing" : phaseLinks(fatal.readyByThen, report.phases)}.</p></section>`
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

/** A link to a phase by its id. What is about the runtime itself has no phase. */
function sourceOf(source: string, { phases }: BootReport): Html {
  const phase = phases.find(({ id }) => id === source);
  return phase === undefined ? html`<b>${source}</b>` : phaseLink(phase);
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
  const parts = chainShares(report)
    .filter(({ tookMs }) => tookMs >= LEAST_SHOWN_MS)
    .map(({ id, ...part }) => ({ ...part, phase: byId.get(id ?? "") }));
  if (parts.length === 0) return false;
  const kindOfPart = (phase: ReportPhase | undefined) =>
    phase === undefined ? "itself" : kindOf(phase);
  return html`<section class="card" aria-labelledby="chain-title"><header class="card-head"><h2 id="chain-title">Critical chain</h2>
<p class="sub">what the boot waited for; to make it faster, make one of these faster</p></header>
<div class="chain-bar" aria-hidden="true">${parts.map(({ phase, share }) => html`<i class="${kindOfPart(phase)}" style="flex-grow:${share * 100}"></i>`)}</div>
<ol class="chain-list">${parts.map(
    ({ phase, tookMs, share }) =>
      html`<li><i class="dot ${kindOfPart(phase)}"></i>${phase === undefined ? ITSELF : phaseLink(phase)}
<span class="took">${formatDuration(tookMs)}</span><span class="share">${formatShare(share)}</span></li>`,
  )}</ol></section>`;
}
