import { kindShades } from "../../protocol/derive/palette.ts";

const KINDS = Object.entries(kindShades)
  .map(([kind, { light, dark }]) => `  --${kind}: light-dark(${light}, ${dark});`)
  .join("\n");

/** The page's style sheet. All colours are at its top, for light and dark. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f8, #0e1116);
  --card: light-dark(#fff, #161b22);
  --sunk: light-dark(#f0f2f5, #0f141a);
  --line: light-dark(#e2e6ec, #262d37);
  --text: light-dark(#1b2330, #e4e9f0);
  --dim: light-dark(#5d6878, #93a0b2);
  --link: light-dark(#0b62c4, #6cb2ff);
  --good: light-dark(#12805c, #3fcf8e);
  --bad: light-dark(#c4314b, #ff7b8a);
  --warn: light-dark(#96600a, #f0b64a);
${KINDS}
  --chain: light-dark(#e0a100, #ffc53d);
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; display: grid; gap: 18px; grid-template-columns: minmax(0, 1fr); }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
code, pre, .took, .usual, .number, .tick { font-family: var(--mono); font-variant-numeric: tabular-nums; }
code { font-size: .88em; }
h1 { margin: 0; font-size: clamp(1.6rem, 4vw, 2.3rem); font-weight: 650; letter-spacing: -.02em; display: flex; flex-wrap: wrap; align-items: center; gap: .35em; }
h1 strong { font-weight: 750; color: var(--good); }
h2 { margin: 0; font-size: 1.02rem; font-weight: 650; letter-spacing: -.005em; }
.sub { margin: 0; color: var(--dim); font-size: .86rem; }
.top { position: relative; padding: 6px 0 4px; }
.eyebrow { margin: 0 0 4px; color: var(--dim); font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; }
.outcome-failed h1, .outcome-cancelled h1 { color: var(--bad); }
.facts { list-style: none; margin: 14px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 6px 26px; font-size: .92rem; }
.facts span { display: block; color: var(--dim); font-size: .76rem; }
.theme { position: absolute; top: 6px; right: 0; border: 1px solid var(--line); background: var(--card); color: var(--dim); border-radius: 8px; padding: 5px 11px; font: inherit; font-size: .82rem; cursor: pointer; }
.theme:hover { color: var(--text); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; min-width: 0; }
.card-head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 4px 18px; margin-bottom: 12px; }
.fatal { border-color: var(--bad); }
.warned { border-color: var(--warn); }
.warned ul { margin: 8px 0 0; padding-left: 1.2em; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 0; padding: 0; color: var(--dim); font-size: .82rem; }
.legend li { display: flex; align-items: center; gap: 6px; }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 3px; background: currentColor; flex: none; }
.files { --tone: var(--files); } .git { --tone: var(--git); } .hook { --tone: var(--hook); } .agent { --tone: var(--agent); }
.sidecar { --tone: var(--sidecar); } .bridge { --tone: var(--bridge); } .other { --tone: var(--other); } .itself { --tone: var(--itself); }
.dot { background: var(--tone); }
.swatch-chain { width: 16px; height: 0; border-top: 2px solid var(--chain); }
.swatch-p50 { width: 0; height: 12px; border-left: 2px dotted var(--dim); }
.waterfall { position: relative; display: grid; grid-template-rows: 30px repeat(var(--rows), 36px); }
.row { grid-column: 1; display: grid; grid-template-columns: minmax(110px, 260px) minmax(0, 1fr) 78px 92px; align-items: center; gap: 12px; margin: 0 -8px; padding: 0 8px; border-radius: 7px; color: inherit; font-size: .86rem; }
a.row:hover, a.row.lit { background: var(--sunk); text-decoration: none; }
.row .name { display: flex; align-items: center; gap: 8px; min-width: 0; }
.row .name span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row.critical .name { font-weight: 650; }
.row .took { text-align: right; } .row .usual { text-align: right; }
.row.quiet, .row.is-skipped, .row.is-pending { color: var(--dim); }
.row.is-failed .took, .row.is-failed .name { color: var(--bad); }
.row.is-warned .took { color: var(--warn); }
.bars { position: absolute; top: 0; overflow: visible; pointer-events: none;
  left: calc(min(260px, max(110px, 100% - 340px)) + 12px); width: calc(100% - min(260px, max(110px, 100% - 340px)) - 206px); }
.bar { fill: var(--tone); fill-opacity: .42; }
.bar.critical { fill-opacity: 1; }
.bar.itself { fill-opacity: .55; }
.bar.is-failed { fill: var(--bad); fill-opacity: 1; }
.bar.is-warned { fill: var(--warn); fill-opacity: .9; }
.bar.is-cancelled, .bar.is-running { fill: url(#hatch); fill-opacity: 1; stroke: var(--dim); }
.hatch { fill: var(--itself); }
.grid { stroke: var(--line); }
.tick { fill: var(--dim); font-size: 11px; }
.p50 { stroke: var(--dim); stroke-width: 2; stroke-dasharray: 2 2; }
.chain { stroke: var(--chain); stroke-width: 2; }
.ready { stroke: var(--good); stroke-width: 1.5; }
.faint { opacity: .28; }
.chip { display: inline-block; font: 600 .74rem/1 var(--mono); padding: 4px 7px; border-radius: 20px; white-space: nowrap; letter-spacing: 0; color: var(--dim); background: var(--sunk); }
.chip.slower { color: var(--bad); background: color-mix(in srgb, var(--bad) 12%, transparent); }
.chip.faster { color: var(--good); background: color-mix(in srgb, var(--good) 13%, transparent); }
h1 .chip { font-size: .85rem; padding: 6px 10px; }
.chain-bar { display: flex; gap: 2px; height: 16px; border-radius: 5px; overflow: hidden; }
.chain-bar i { flex-basis: 2px; background: var(--tone); }
.chain-list { list-style: none; margin: 12px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 24px; font-size: .86rem; }
.chain-list li { display: flex; align-items: center; gap: 7px; }
.chain-list a { color: inherit; }
.share { color: var(--dim); }
details.phase { border-top: 1px solid var(--line); scroll-margin-top: 1rem; }
details.phase:first-of-type { border-top: 0; }
details.phase:target { background: var(--sunk); border-radius: 8px; }
summary { cursor: pointer; }
.phase > summary { display: flex; align-items: center; gap: 9px; padding: 9px 8px; list-style: none; flex-wrap: wrap; }
.phase > summary::-webkit-details-marker { display: none; }
.phase > summary::after { content: "›"; color: var(--dim); transition: rotate .12s; width: .7em; text-align: center; }
.phase[open] > summary::after { rotate: 90deg; }
.phase > summary:hover { background: var(--sunk); border-radius: 8px; }
.phase > summary b { font-weight: 600; font-size: .9rem; }
.phase .id { color: var(--dim); font-size: .8rem; flex: 1; min-width: 8em; overflow-wrap: anywhere; }
.tags { display: flex; gap: 5px; }
.tag { font-size: .74rem; padding: 1px 8px; border-radius: 20px; background: var(--sunk); color: var(--dim); white-space: nowrap; }
.chain-tag { color: light-dark(#7a5800, #ffd66b); background: color-mix(in srgb, var(--chain) 20%, transparent); }
.status-failed, .process-failed, .process-crashed, .result-missing, .result-conflict { color: var(--bad); background: color-mix(in srgb, var(--bad) 12%, transparent); }
.status-warned, .process-backoff, .process-not-installed { color: var(--warn); background: color-mix(in srgb, var(--warn) 14%, transparent); }
.process-running { color: var(--good); background: color-mix(in srgb, var(--good) 13%, transparent); }
.body { padding: 2px 8px 14px 26px; }
dl { margin: 0; display: grid; gap: 3px; font-size: .88rem; }
dl > div { display: grid; grid-template-columns: 150px minmax(0, 1fr); gap: 12px; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
.urls { margin-top: 12px; }
.output { margin: 10px 0 0; padding: 11px 13px; border-radius: 8px; background: var(--sunk); border: 1px solid var(--line); overflow: auto; max-height: 340px; font-size: .8rem; line-height: 1.55; }
.warning { margin: 4px 0 8px; color: var(--warn); }
.failure { border-left: 3px solid var(--bad); padding: 2px 0 2px 13px; margin: 8px 0 12px; }
.failure p { margin: 3px 0; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .87rem; }
th { text-align: left; font-weight: 500; color: var(--dim); font-size: .78rem; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; }
.plain > summary { color: var(--link); font-size: .88rem; }
.plain[open] > summary { margin-bottom: 8px; }
.earlier { width: 100%; display: block; }
.earlier .that { fill: var(--agent); fill-opacity: .35; } .earlier .this { fill: var(--agent); }
footer { color: var(--dim); font-size: .8rem; text-align: center; }
@media (max-width: 720px) {
  main { padding: 18px 12px 40px; }
  .card { padding: 14px; }
  .row { grid-template-columns: minmax(90px, 34%) minmax(0, 1fr) 64px; gap: 8px; font-size: .78rem; }
  .row .usual { display: none; }
  .bars { left: calc(max(90px, 34%) + 8px); width: calc(100% - max(90px, 34%) - 80px); }
  dl > div { grid-template-columns: 1fr; gap: 0; margin-bottom: 5px; }
  .body { padding-left: 8px; }
  .phase .id { display: none; }
  .phase > summary b { flex: 1; min-width: 0; overflow-wrap: anywhere; }
  .phase > summary { flex-wrap: nowrap; }
}
@media print { .theme { display: none; } .card { break-inside: avoid; } }
`;
