import {
  formatBytes,
  formatDetail,
  formatDuration,
  tellingDetails,
} from "../../protocol/derive/format.ts";
import { kindOf } from "../../protocol/derive/kind.ts";
import { outputOf } from "../../protocol/derive/output.ts";
import type { Statistics } from "../../protocol/derive/statistics.ts";
import { durationOf } from "../../protocol/derive/times.ts";
import { warningsBesideFailure } from "../../protocol/derive/warnings.ts";
import { describeProcess, fillMessage, phaseWords, pidOf } from "../../protocol/derive/words.ts";
import type {
  BootReport,
  Failure,
  ProcessState,
  ReportPhase,
  StageItem,
} from "../../protocol/index.ts";
import { printable } from "../look.ts";
import { anchorOf, phaseLinks } from "./phase-link.ts";
import { Html, html } from "./template.ts";
import { deltaChip } from "./waterfall.ts";

/** The details of each phase: collapsed, except where something went wrong. */
export function phaseDetails(report: BootReport, usual: Statistics): Html {
  return html`<section aria-labelledby="phases-title" class="card">
<header class="card-head"><h2 id="phases-title">Phases</h2></header>
${report.phases.map((phase) => one(phase, report, usual))}</section>`;
}

function one(phase: ReportPhase, report: BootReport, usual: Statistics): Html {
  const { id, title, status, needs, required, critical, failure } = phase;
  const output = outputOf(report, id);
  const warnings = warningsBesideFailure(phase);
  const durationMs = durationOf(phase);
  const known = usual.phases.get(id);
  const open = status === "failed" || status === "warned" || warnings.length > 0;
  return html`<details class="phase is-${status}" id="${anchorOf(id)}"${open && new Html(" open")}>
<summary><i class="dot ${kindOf(phase)}"></i><b>${title}</b><code class="id">${id}</code>
<span class="tags">${critical && html`<span class="tag chain-tag">critical</span>`}
${!required && html`<span class="tag">optional</span>`}
${status !== "done" && html`<span class="tag status-${status}">${phaseWords[status]}</span>`}</span>
<span class="took">${durationMs === null ? "" : formatDuration(durationMs)}</span></summary>
<div class="body">
${warnings.map((message) => html`<p class="warning">${printable(message)}</p>`)}
${phase.because !== undefined && html`<p>Nothing to do: ${printable(phase.because)}</p>`}
${failure !== undefined && failureBox({ ...failure, outputTail: [] })}
<dl>
${phase.startMs !== null && pair("began", `${formatDuration(phase.startMs)} after the start`)}
${known !== undefined && durationMs !== null && pair("usually", html`${formatDuration(known.p50Ms)} (p50), ${formatDuration(known.p95Ms)} (p95) of ${known.count} ${status === "done" && deltaChip(durationMs, known.p50Ms)}`)}
${pair("needs", needs.length === 0 ? "nothing" : phaseLinks(needs, report.phases))}
${tellingDetails(phase.detail).map(([key, value]) => detailPair(key, value))}
</dl>
${output.length > 0 && html`<pre class="output" aria-label="its last lines">${output.map(printable).join("\n")}</pre>`}
</div></details>`;
}

/** A failure: what happened, what to do, its last lines. */
export function failureBox({ code, message, hint, outputTail = [] }: Failure): Html {
  return html`<div class="failure"><p><b>${printable(message)}</b> <code>${code}</code></p>
${hint !== undefined && html`<p>What to do: ${printable(hint)}</p>`}
${outputTail.length > 0 && html`<pre class="output">${outputTail.map(printable).join("\n")}</pre>`}</div>`;
}

/** What staging did with each item (C7). */
export function stageItems({ stage }: BootReport): Html | false {
  if (stage === null || stage.items.length === 0) return false;
  const counts = Map.groupBy(stage.items, ({ result }) => result);
  return html`<section aria-labelledby="stage-title" class="card">
<header class="card-head"><h2 id="stage-title">Stage</h2>
<p class="sub">${stage.source}${stage.id !== null && html` <code title="${stage.id}">${stage.id.slice(0, 12)}</code>`} in ${formatDuration(stage.durationMs)}:
${[...counts].map(([result, items]) => `${items.length} ${result}`).join(", ")}</p></header>
<details class="plain"><summary>${stage.items.length} items</summary>
<div class="scroll"><table><thead><tr><th>path</th><th>result</th><th>strategy</th><th class="number">size</th><th>why</th></tr></thead>
<tbody>${stage.items.map(stageRow)}</tbody></table></div></details></section>`;
}

function stageRow({ path, result, strategy, bytes, reason }: StageItem): Html {
  return html`<tr><td><code>${path}</code></td><td><span class="tag result-${result}">${result}</span></td>
<td>${strategy}</td><td class="number">${bytes === undefined ? "" : formatBytes(bytes)}</td><td>${reason}</td></tr>`;
}

/** The long-lived processes as they were when the boot ended. */
export function processTable({ processes, urls }: BootReport): Html | false {
  if (processes.length === 0) return false;
  return html`<section aria-labelledby="processes-title" class="card">
<header class="card-head"><h2 id="processes-title">Processes</h2><p class="sub">when the boot ended</p></header>
<div class="scroll"><table><thead><tr><th>process</th><th>state</th><th class="number">pid</th><th class="number">port</th><th class="number">restarts</th><th>ready by</th></tr></thead>
<tbody>${processes.map(processRow)}</tbody></table></div>
${Object.keys(urls).length > 0 && html`<dl class="urls">${Object.entries(urls).map(([name, url]) => pair(name, html`<code>${url}</code>`))}</dl>`}
</section>`;
}

function processRow({ id, status, port, restarts, optional }: ProcessState): Html {
  const { message, reason } = describeProcess(status);
  return html`<tr>
<td><b>${id}</b>${optional && html` <span class="tag">optional</span>`}</td>
<td><span class="tag process-${status.id}">${fillMessage(message.text, ...message.args)}</span>${reason !== null && html` ${printable(reason)}`}</td>
<td class="number">${pidOf(status)}</td><td class="number">${port}</td><td class="number">${restarts}</td>
<td>${status.id === "running" && status.readyBy}</td></tr>`;
}

function pair(name: string, value: Html | string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** A shortened value has the whole one in its tooltip. */
function detailPair(key: string, value: unknown): Html {
  const [name, text] = formatDetail(key, value);
  const isShort = typeof value === "string" && value !== text;
  return pair(name, isShort ? html`<span title="${value}">${text}</span>` : printable(text));
}
