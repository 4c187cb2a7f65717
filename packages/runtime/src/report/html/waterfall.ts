import { formatTick, type TimeWindow, ticksIn } from "../../protocol/derive/axis.ts";
import { changeOf } from "../../protocol/derive/change.ts";
import { criticalChain } from "../../protocol/derive/critical-chain.ts";
import { formatDifference, formatDuration } from "../../protocol/derive/format.ts";
import { kindOf, type PhaseKind } from "../../protocol/derive/kind.ts";
import type { Statistics } from "../../protocol/derive/statistics.ts";
import { durationOf, firstStartOf, inStartOrder } from "../../protocol/derive/times.ts";
import { ITSELF, kindWords, phaseWords } from "../../protocol/derive/words.ts";
import type { BootReport, ReportPhase } from "../../protocol/index.ts";
import { anchorOf } from "./phase-link.ts";
import { type Html, html } from "./template.ts";

const ROW_PX = 36;
const BAR_PX = 16;
const AXIS_PX = 30;
const TICKS = 6;

/** Leaves space on the right for the last tick's label. */
const HEADROOM = 1.02;

/**
 * The waterfall. Rows link to the details of their phases; the plot is one SVG behind all rows. Positions on the time axis
 * are percentages, so that it fits every window without a script.
 */
export function waterfall(report: BootReport, usual: Statistics): Html {
  const rows = inStartOrder(report.phases);
  const endMs = Math.max(1, report.readyMs ?? 0, ...rows.map((phase) => phase.endMs ?? 0));
  const axis: Axis = { percent: (ms) => round((ms / (endMs * HEADROOM)) * 100), endMs };
  const firstMs = firstStartOf(rows);
  const height = AXIS_PX + (rows.length + 1) * ROW_PX;
  const window = { fromMs: 0, toMs: endMs };
  const kinds = [...new Set(rows.map(kindOf))];
  return html`<section aria-labelledby="waterfall-title" class="card">
<header class="card-head"><h2 id="waterfall-title">Waterfall</h2>${legend(kinds, usual.boots > 0)}</header>
<div class="waterfall" style="--rows:${rows.length + 1}">
<div class="axis-space"></div>
<div class="row quiet" style="grid-row:2"><span class="name"><span>${ITSELF}</span></span><span class="plot"></span>
<span class="took">${firstMs !== null && formatDuration(firstMs)}</span><span class="usual"></span></div>
${rows.map((phase, at) => row(phase, at, usual))}
<svg class="bars" height="${height}" role="img" aria-label="${summary(report)}">
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="3" height="6" class="hatch"></rect></pattern></defs>
${ticksIn(window, TICKS).map((ms) => tick(ms, window, axis, height))}
${firstMs !== null && bar({ startMs: 0, endMs: firstMs, y: yOf(-1), axis, className: "itself" })}
${connectors(report, rows, axis)}
${rows.map((phase, at) => barOf(phase, at, axis, usual))}
${report.readyMs !== null && readyLine(report.readyMs, axis, height)}
</svg>
</div></section>`;
}

interface Axis {
  /** Position of a moment, in percent of the plot's width. */
  readonly percent: (ms: number) => number;
  readonly endMs: number;
}

function row(phase: ReportPhase, at: number, usual: Statistics): Html {
  const durationMs = durationOf(phase);
  const known = usual.phases.get(phase.id);
  return html`<a class="row${phase.critical ? " critical" : ""} is-${phase.status}" style="grid-row:${at + 3}"
 href="#${anchorOf(phase.id)}" data-phase="${phase.id}" data-needs="${JSON.stringify(phase.needs)}">
<span class="name"><i class="dot ${kindOf(phase)}"></i><span title="${phase.id}">${phase.title}</span></span><span class="plot"></span>
<span class="took">${durationMs === null ? phaseWords[phase.status] : formatDuration(durationMs)}</span>
<span class="usual">${
    known !== undefined &&
    durationMs !== null &&
    phase.status === "done" &&
    deltaChip(durationMs, known.p50Ms)
  }</span></a>`;
}

/** The difference from the usual duration. Only a notable one has a colour. */
export function deltaChip(durationMs: number, p50Ms: number): Html {
  const className = changeOf(durationMs, p50Ms);
  return html`<span class="chip ${className}" title="usually ${formatDuration(p50Ms)} (p50)">${formatDifference(durationMs, p50Ms)}</span>`;
}

function barOf(phase: ReportPhase, at: number, axis: Axis, usual: Statistics): Html | false {
  if (phase.startMs === null) return false;
  const known = usual.phases.get(phase.id);
  const y = yOf(at);
  const className = [
    kindOf(phase),
    `is-${phase.status}`,
    ...(phase.critical ? ["critical"] : []),
  ].join(" ");
  const usualX = known === undefined ? null : axis.percent(phase.startMs + known.p50Ms);
  return html`<g data-bar="${phase.id}">${bar({
    startMs: phase.startMs,
    endMs: phase.endMs ?? axis.endMs,
    y,
    axis,
    className,
  })}${
    usualX !== null &&
    usualX <= 100 &&
    html`<line class="p50" x1="${usualX}%" x2="${usualX}%" y1="${y - 4}" y2="${y + BAR_PX + 4}"></line>`
  }</g>`;
}

interface BarOptions {
  readonly startMs: number;
  readonly endMs: number;
  readonly y: number;
  readonly axis: Axis;
  readonly className: string;
}

function bar({ startMs, endMs, y, axis, className }: BarOptions): Html {
  const x = axis.percent(startMs);
  const width = round(Math.max(0, axis.percent(endMs) - x));
  // The width is a percentage, its minimum is in pixels. Only CSS can combine them.
  return html`<rect class="bar ${className}" x="${x}%" y="${y}" height="${BAR_PX}" rx="4" style="width:max(3px,${width}%)"></rect>`;
}

/** Lines along the critical chain: from the end of each phase to the phase that waited for it. */
function connectors(report: BootReport, rows: readonly ReportPhase[], axis: Axis): Html[] {
  const place = new Map(rows.map((phase, at) => [phase.id, { phase, at }]));
  const chain = criticalChain(report);
  return chain.slice(1).flatMap((id, before) => {
    const from = place.get(chain[before] ?? "");
    const to = place.get(id);
    if (from === undefined || to === undefined || to.phase.startMs === null) return [];
    const x = axis.percent(to.phase.startMs);
    const [top, bottom] = [yOf(from.at) + BAR_PX / 2, yOf(to.at) + BAR_PX / 2];
    return [html`<line class="chain" x1="${x}%" x2="${x}%" y1="${top}" y2="${bottom}"></line>`];
  });
}

function readyLine(readyMs: number, axis: Axis, height: number): Html {
  const x = axis.percent(readyMs);
  return html`<line class="ready" x1="${x}%" x2="${x}%" y1="${AXIS_PX - 6}" y2="${height}"></line>`;
}

function tick(ms: number, window: TimeWindow, axis: Axis, height: number): Html {
  const x = axis.percent(ms);
  const anchor = ms === 0 ? "start" : "middle";
  return html`<line class="grid" x1="${x}%" x2="${x}%" y1="${AXIS_PX - 6}" y2="${height}"></line>
<text class="tick" x="${x}%" y="16" text-anchor="${anchor}">${formatTick(ms, window)}</text>`;
}

function legend(kinds: readonly PhaseKind[], compared: boolean): Html {
  return html`<ul class="legend">
${kinds.map((kind) => html`<li><i class="dot ${kind}"></i>${kindWords[kind]}</li>`)}
<li><i class="swatch-chain"></i>critical chain</li>
${compared && html`<li><i class="swatch-p50"></i>usual end (p50)</li>`}
</ul>`;
}

function summary({ outcome, readyMs, phases }: BootReport): string {
  const when = readyMs === null ? outcome : `${outcome} after ${formatDuration(readyMs)}`;
  return `Waterfall of ${phases.length} phases: ${when}. The rows and the sections below have the same figures.`;
}

/** Top of a row's bar. Row -1 is sandboot itself. */
function yOf(at: number): number {
  return AXIS_PX + (at + 1) * ROW_PX + (ROW_PX - BAR_PX) / 2;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
