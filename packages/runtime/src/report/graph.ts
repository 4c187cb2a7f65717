import type { BootMode, PhasePlan } from "../protocol/index.ts";

export type GraphFormat = "mermaid" | "dot";

export interface GraphView {
  readonly mode: BootMode;
  /** In plan order. */
  readonly phases: readonly PhasePlan[];
}

/**
 * A boot's graph for people: an arrow from what is needed to what needs it; what may fail without ending the boot is
 * drawn with a dashed border, what works in threads with rounded corners.
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
  // Ids of ours hold `:` and `-`, which mermaid reads as syntax: a name of its own for each, the id as its label.
  const names = new Map(phases.map(({ id }, index) => [id, `p${index}`]));
  const nameOf = (id: string) => names.get(id) ?? id;
  const lines = phases.map((phase) => {
    const label = `"${phase.id.replaceAll('"', "#quot;")}"`;
    const shape = phase.where === "workers" ? `(${label})` : `[${label}]`;
    return `  ${nameOf(phase.id)}${shape}${phase.required ? "" : ":::optional"}`;
  });
  const arrows = edges(phases).map(({ from, to }) => `  ${nameOf(from)} --> ${nameOf(to)}`);
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
  const arrows = edges(phases).map(({ from, to }) => `  ${quoted(from)} -> ${quoted(to)};`);
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

function edges(phases: readonly PhasePlan[]): { from: string; to: string }[] {
  return phases.flatMap(({ id, needs }) => needs.map((from) => ({ from, to: id })));
}
