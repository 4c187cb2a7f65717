import type { BootReport, Failure, ReportPhase, StageItem } from "../../protocol/index.ts";
import { formatMs } from "../format.ts";
import { printable } from "../look.ts";
import { durationOf, type Statistics } from "../statistics.ts";
import { anchorOf, kindOf } from "./kind.ts";
import { Html, html } from "./template.ts";
import { deltaChip } from "./waterfall.ts";

/** Everything that is known of each phase; folded, except where something went wrong. */
export function phaseDetails(report: BootReport, usual: Statistics): Html {
  return html`<section aria-labelledby="phases-title" class="card">
<header class="card-head"><h2 id="phases-title">Phases</h2></header>
${report.phases.map((phase) => one(phase, report.output[phase.id] ?? [], usual))}</section>`;
}

function one(phase: ReportPhase, output: readonly string[], usual: Statistics): Html {
  const { id, title, status, needs, where, required, critical, warnings, failure } = phase;
  const durationMs = durationOf(phase);
  const known = usual.phases.get(id);
  const open = status === "failed" || status === "warned" || warnings.length > 0;
  return html`<details class="phase is-${status}" id="${anchorOf(id)}"${open && new Html(" open")}>
<summary><i class="dot ${kindOf(phase)}"></i><b>${id}</b><span class="title">${title}</span>
<span class="tags">${critical && html`<span class="tag chain-tag">critical</span>`}
${!required && html`<span class="tag">optional</span>`}
${status !== "done" && html`<span class="tag status-${status}">${status}</span>`}</span>
<span class="took">${durationMs === null ? "" : formatMs(durationMs)}</span></summary>
<div class="body">
${warnings.map((message) => html`<p class="warning">${printable(message)}</p>`)}
${failure !== undefined && failureBox(failure)}
<dl>
${phase.startMs !== null && pair("began", `${formatMs(phase.startMs)} after the start`)}
${known !== undefined && durationMs !== null && pair("usually", html`${formatMs(known.p50Ms)} (p50), ${formatMs(known.p95Ms)} (p95) of ${known.count} ${status === "done" && deltaChip(durationMs, known.p50Ms)}`)}
${pair("needs", needs.length === 0 ? "nothing" : html`${needs.map((need) => html`<a href="#${anchorOf(need)}">${need}</a> `)}`)}
${pair("runs in", where === "workers" ? "worker threads" : "the main thread")}
${Object.entries(phase.detail).map(([key, value]) => pair(inWords(key), shownValue(value)))}
</dl>
${output.length > 0 && html`<pre class="output" aria-label="its last lines">${output.map(printable).join("\n")}</pre>`}
</div></details>`;
}

/** A failure: what happened, its last lines, what to do. */
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
<p class="sub">${stage.source}${stage.id !== null && html` <code title="${stage.id}">${stage.id.slice(0, 12)}</code>`} in ${formatMs(stage.durationMs)}:
${[...counts].map(([result, items]) => `${items.length} ${result}`).join(", ")}</p></header>
<details class="plain"><summary>${stage.items.length} items</summary>
<div class="scroll"><table><thead><tr><th>path</th><th>result</th><th>strategy</th><th class="number">bytes</th><th>why</th></tr></thead>
<tbody>${stage.items.map(stageRow)}</tbody></table></div></details></section>`;
}

function stageRow({ path, result, strategy, bytes, reason }: StageItem): Html {
  return html`<tr><td><code>${path}</code></td><td><span class="tag result-${result}">${result}</span></td>
<td>${strategy}</td><td class="number">${bytes === undefined ? "" : bytes.toLocaleString("en")}</td><td>${reason}</td></tr>`;
}

/** The long-lived processes as they were when the boot ended. */
export function processTable({ processes, urls }: BootReport): Html | false {
  if (processes.length === 0) return false;
  return html`<section aria-labelledby="processes-title" class="card">
<header class="card-head"><h2 id="processes-title">Processes</h2><p class="sub">when the boot ended</p></header>
<div class="scroll"><table><thead><tr><th>process</th><th>state</th><th class="number">pid</th><th class="number">port</th><th class="number">restarts</th><th>ready by</th></tr></thead>
<tbody>${processes.map(
    ({ id, status, port, restarts, optional }) => html`<tr>
<td><b>${id}</b>${optional && html` <span class="tag">optional</span>`}</td>
<td><span class="tag process-${status.id}">${status.id}</span>${"reason" in status && html` ${status.reason}`}</td>
<td class="number">${"pid" in status ? status.pid : ""}</td><td class="number">${port}</td><td class="number">${restarts}</td>
<td>${"readyBy" in status ? status.readyBy : ""}</td></tr>`,
  )}</tbody></table></div>
${Object.keys(urls).length > 0 && html`<dl class="urls">${Object.entries(urls).map(([name, url]) => pair(name, html`<code>${url}</code>`))}</dl>`}
</section>`;
}

function pair(name: string, value: Html | string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** `heldUntilNow` → `held until now`. */
function inWords(key: string): string {
  return key.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
}

function shownValue(value: unknown): Html | string {
  if (typeof value === "string") return printable(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string"))
    return value.length === 0 ? "none" : value.map(printable).join(", ");
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return html`<code class="json">${JSON.stringify(value, null, 1)}</code>`;
}
