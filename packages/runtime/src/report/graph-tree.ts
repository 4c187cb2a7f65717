import type { PhasePlan } from "../protocol/index.ts";
import type { GraphView } from "./graph.ts";
import { coloursOf, type Look, printable } from "./look.ts";
import { fitWidth, widthOf } from "./width.ts";

interface Node {
  readonly phase: PhasePlan;
  /** The length of the longest way to it. */
  readonly depth: number;
  readonly parent: Node | null;
  readonly children: Node[];
}

/**
 * Draws a boot's graph as a tree for a terminal. A phase stands below the need that the longest way leads through, and its
 * other needs are named beside it. Branches run at the same time. A phase above has ended when one below it begins.
 */
export function renderGraphTree({ mode, phases }: GraphView, look: Look): string {
  const colours = coloursOf(look);
  const mark = look.unicode ? "…" : "~";
  const rows = rootsOf(phases).flatMap((root) => rowsOf(root, look));
  const width = Math.max(...rows.map(({ tree }) => widthOf(tree)));
  const lines = rows.map(({ tree, about }) => {
    const name = tree + " ".repeat(width - widthOf(tree));
    return `  ${name}  ${colours.dim(fitWidth(about, look.columns - width - 4, mark))}`.trimEnd();
  });
  return [
    `  ${colours.bold(mode)}${colours.dim(`, ${phases.length} phases`)}`,
    "",
    ...lines,
    "",
  ].join("\n");
}

/** @param phases - In plan order, so the needs of a phase come before it. */
function rootsOf(phases: readonly PhasePlan[]): readonly Node[] {
  const nodes = new Map<string, Node>();
  for (const phase of phases) {
    const needs = phase.needs.flatMap((id) => nodes.get(id) ?? []);
    const depth = 1 + Math.max(-1, ...needs.map((need) => need.depth));
    const parent = needs.findLast((need) => need.depth === depth - 1) ?? null;
    const node: Node = { phase, depth, parent, children: [] };
    parent?.children.push(node);
    nodes.set(phase.id, node);
  }
  return [...nodes.values()].filter(({ parent }) => parent === null);
}

interface Row {
  readonly tree: string;
  readonly about: string;
}

function rowsOf({ phase, parent, children }: Node, look: Look): readonly Row[] {
  const [fork, last, line] = look.unicode ? ["├─ ", "└─ ", "│  "] : ["|- ", "`- ", "|  "];
  const below = children.flatMap((child, at) => {
    const isLast = at === children.length - 1;
    return rowsOf(child, look).map(({ tree, about }, row) => {
      const lead = row === 0 ? (isLast ? last : fork) : isLast ? "   " : line;
      return { tree: lead + tree, about };
    });
  });
  return [{ tree: printable(phase.id), about: aboutOf(phase, parent) }, ...below];
}

/** What has ended anyway when a phase below `node` may begin. */
function idsAbove(node: Node | null): readonly string[] {
  return node === null ? [] : [node.phase.id, ...idsAbove(node.parent)];
}

function aboutOf({ title, needs, required, until = [] }: PhasePlan, parent: Node | null): string {
  const above = idsAbove(parent);
  const others = needs.filter((id) => !above.includes(id));
  return [
    printable(title),
    ...(required ? [] : ["optional"]),
    ...(others.length === 0 ? [] : [`also after ${others.map(printable).join(", ")}`]),
    ...(until.length === 0 ? [] : [`ends early at ${until.map(printable).join(", ")}`]),
  ].join("; ");
}
