import type { BootMode, PhasePlan } from "../protocol/index.ts";

/** For other programs. */
export type GraphFormat = "mermaid" | "dot";

export interface GraphView {
  readonly mode: BootMode;
  /** In plan order. */
  readonly phases: readonly PhasePlan[];
}

/**
 * Draws a boot's graph. An arrow points from a phase to one that needs it. A dotted line with a cross points to a phase
 * that is cancelled when the other starts. Optional phases have a dashed border, phases that work in threads round corners.
 */
export function renderGraph(view: GraphView, format: GraphFormat): string {
  switch (format) {
    case "mermaid":
      return mermaid(view);
    case "dot":
      return dot(view);
    default:
      return format satisfies never;
  }
}

/** @see https://mermaid.js.org/syntax/flowchart.html */
function mermaid({ phases }: GraphView): string {
  // Mermaid reads the `:` and `-` in our ids as syntax. Each node gets a plain name and has the id as its label.
  const names = new Map(phases.map(({ id }, index) => [id, `p${index}`]));
  const nameOf = (id: string) => names.get(id) ?? id;
  const lines = phases.map((phase) => {
    const label = `"${phase.id.replaceAll('"', "#quot;")}"`;
    const shape = phase.where === "workers" ? `(${label})` : `[${label}]`;
    return `  ${nameOf(phase.id)}${shape}${phase.required ? "" : ":::optional"}`;
  });
  const arrows = edges(phases).map(({ from, to, kind }) => {
    const line = kind === "need" ? "-->" : "-.-x";
    return `  ${nameOf(from)} ${line} ${nameOf(to)}`;
  });
  return [
    "flowchart LR",
    ...lines,
    ...arrows,
    "  classDef optional stroke-dasharray: 4 3",
    "",
  ].join("\n");
}

/** @see https://graphviz.org/doc/info/lang.html */
function dot({ mode, phases }: GraphView): string {
  const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const nodes = phases.map(({ id, title, required, where }) => {
    const styles = [
      ...(where === "workers" ? ["rounded"] : []),
      ...(required ? [] : ["dashed"]),
    ].join(",");
    const style = styles === "" ? "" : `, style=${quoted(styles)}`;
    return `  ${quoted(id)} [tooltip=${quoted(title)}${style}];`;
  });
  const arrows = edges(phases).map(({ from, to, kind }) => {
    const style = kind === "need" ? "" : " [style=dotted, arrowhead=tee]";
    return `  ${quoted(from)} -> ${quoted(to)}${style};`;
  });
  return [
    `digraph ${quoted(`sandboot ${mode}`)} {`,
    "  rankdir=LR;",
    '  node [shape=box, fontname="sans-serif"];',
    ...nodes,
    ...arrows,
    "}",
    "",
  ].join("\n");
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: "need" | "until";
}

function edges(phases: readonly PhasePlan[]): Edge[] {
  const ids = new Set(phases.map(({ id }) => id));
  return phases.flatMap(({ id: to, needs, until = [] }) => [
    ...needs.map((from): Edge => ({ from, to, kind: "need" })),
    // What is no phase cannot be drawn: an event outside the graph.
    ...until.filter((id) => ids.has(id)).map((from): Edge => ({ from, to, kind: "until" })),
  ]);
}
