import { Visitor } from "oxc-parser";
import { lineOf, type Node, parse, type Source } from "./source.ts";

/** Smaller functions look alike by chance. */
const SMALLEST_NODES = 20;

export interface FoundFunction {
  readonly name: string;
  readonly line: number;
  readonly shape: string;
}

/** Every function of some size, with its shape. */
export function functionsOf(source: Source): FoundFunction[] {
  const found: FoundFunction[] = [];
  const add = (node: Node & { readonly id?: { readonly name: string } | null }) => {
    const { shape, nodes } = shapeOf(node);
    const name = node.id?.name ?? "function";
    if (nodes >= SMALLEST_NODES) found.push({ name, line: lineOf(source, node), shape });
  };
  new Visitor({
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(parse(source));
  return found;
}

/** Not part of a shape: positions, types, parentheses, and how a function is written. */
const NOT_SHAPE =
  /^(start|end|range|id|expression|typeAnnotation|returnType|typeParameters|typeArguments)$/;
const WRAPPERS = new Set(["ParenthesizedExpression", "TSAsExpression", "TSNonNullExpression"]);
const FUNCTIONS = /^(ArrowFunctionExpression|FunctionDeclaration|FunctionExpression)$/;

/** A function's syntax with its variables numbered in the order in which they come; properties keep their names. */
function shapeOf(root: Node): { readonly shape: string; readonly nodes: number } {
  const variables = new Map<string, number>();
  let nodes = 0;
  const visit = (value: unknown, isProperty = false): string => {
    if (Array.isArray(value)) return `[${value.map((item) => visit(item)).join()}]`;
    if (typeof value !== "object" || value === null) return `${typeof value} ${String(value)}`;
    const node = value as Record<string, unknown>;
    const type = String(node["type"]);
    if (WRAPPERS.has(type)) return visit(node["expression"], isProperty);
    nodes++;
    if (type === "Identifier") {
      const name = String(node["name"]);
      if (isProperty) return `.${name}`;
      if (!variables.has(name)) variables.set(name, variables.size);
      return `$${variables.get(name)}`;
    }
    const parts = FUNCTIONS.test(type)
      ? { params: node["params"], body: withoutReturn(node["body"]), async: node["async"] }
      : node;
    const named = node["computed"] === true ? "" : "property";
    return `{${Object.entries(parts)
      .filter(([key]) => !NOT_SHAPE.test(key))
      .map(
        ([key, part]) => `${key}:${visit(part, key === named || (key === "key" && named !== ""))}`,
      )
      .join()}}`;
  };
  return { shape: visit(root), nodes };
}

/** `{ return x; }` is `x`. */
function withoutReturn(body: unknown): unknown {
  const { type, body: statements } = body as { type: string; body?: { type: string }[] };
  const [only, ...more] = type === "BlockStatement" ? (statements ?? []) : [];
  const isReturn = only?.type === "ReturnStatement" && more.length === 0;
  return isReturn ? (only as unknown as { argument: unknown }).argument : body;
}
