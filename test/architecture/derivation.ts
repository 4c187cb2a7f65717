import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Visitor } from "oxc-parser";
import { functionsOf } from "./shapes.ts";
import { lineOf, type Node, parse, type Source } from "./source.ts";

/** Where what follows from a state may be worked out. */
const PROTOCOL = "packages/runtime/src/protocol/**/*.ts";
const EXTENSION = "packages/vscode-ext/src/**/*.ts";

/** A page turns times into pixels, and the host's times are its own: retries, and what /proc tells. */
const RECKONS = /^packages\/vscode-ext\/src\/(webview|host)\/|\/extension\.ts$/;
/** The host and the entry write their own times to the extension's log. */
const WRITES_UNITS = /^packages\/vscode-ext\/src\/host\/|\/extension\.ts$/;

/** The sources of protocol and extension. */
export function readSides(root: string): { protocol: Source[]; extension: Source[] } {
  const read = (pattern: string) =>
    globSync(pattern, { cwd: root })
      .sort()
      .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
  return { protocol: read(PROTOCOL), extension: read(EXTENSION) };
}

/** What the protocol package works out for everybody. */
export interface Derived {
  readonly names: ReadonlySet<string>;
  /** Functions by shape. */
  readonly shapes: ReadonlyMap<string, string>;
  readonly words: ReadonlySet<string>;
}

export function derivedIn(protocol: readonly Source[]): Derived {
  return {
    names: new Set(protocol.flatMap(exportedNames)),
    shapes: new Map(
      protocol.flatMap((source) => functionsOf(source).map(({ shape, name }) => [shape, name])),
    ),
    words: new Set(protocol.flatMap(tabledWords)),
  };
}

/**
 * Signs that the extension works out for itself what the protocol package works out for everybody:
 *
 * - it exports a function of a name that the protocol exports, or has a function of the same shape as one there;
 * - it reckons with times of the runtime, or compares them: whoever subtracts `startMs` from `endMs` derives a duration,
 *   and whoever asks which `endMs` is the greater derives an order. Being null is no comparison;
 * - it writes a number with a unit of time: formatting durations is the protocol's;
 * - it says a word that the protocol has in a table of words: which status is called what is decided there.
 *
 * @returns One line each: file, line and what is there.
 */
export function derivedTwice(derived: Derived, extension: readonly Source[]): string[] {
  const { names, shapes, words } = derived;
  return extension.flatMap((source) => [
    ...exportedNames(source)
      .filter((name) => names.has(name))
      .map((name) => `${source.file} exports ${name}, which the protocol exports`),
    ...functionsOf(source).flatMap(({ shape, name, line }) => {
      const twin = shapes.get(shape);
      return twin === undefined
        ? []
        : [`${source.file}:${line} ${name} has the shape of the protocol's ${twin}`];
    }),
    ...(RECKONS.test(source.file) ? [] : reckonings(source)),
    ...(WRITES_UNITS.test(source.file) ? [] : timeUnits(source)),
    ...saidWords(source, words),
  ]);
}

/** Functions, classes and constants that a file exports. */
function exportedNames(source: Source): string[] {
  const names: string[] = [];
  new Visitor({
    ExportNamedDeclaration: ({ declaration }) => {
      if (declaration?.type === "FunctionDeclaration" && declaration.id !== null)
        names.push(declaration.id.name);
      if (declaration?.type === "VariableDeclaration")
        for (const { id } of declaration.declarations)
          if (id.type === "Identifier") names.push(id.name);
    },
  }).visit(parse(source));
  return names;
}

const RECKONING = new Set(["+", "-", "*", "/", "%", "<", ">", "<=", ">="]);

/** Places that reckon with a time or compare one. */
function reckonings(source: Source): string[] {
  const found: Node[] = [];
  new Visitor({
    BinaryExpression: (node) => {
      if (!RECKONING.has(node.operator)) return;
      if (isTime(node.left as Node) || isTime(node.right as Node)) found.push(node);
    },
    AssignmentExpression: (node) => {
      if (node.operator !== "=" && isTime(node.left as Node)) found.push(node);
    },
    CallExpression: (node) => {
      const { callee } = node;
      const isMath =
        callee.type === "MemberExpression" &&
        callee.object.type === "Identifier" &&
        callee.object.name === "Math";
      if (isMath && node.arguments.some((argument) => isTime(argument as Node))) found.push(node);
    },
  }).visit(parse(source));
  return found.map(
    (node) => `${source.file}:${lineOf(source, node)} reckons: ${excerpt(source, node)}`,
  );
}

/** Whether an expression is a time, by the unit in its name: `ms`, `endMs`, `phase.endMs ?? 0`, `...endsMs`. */
function isTime(node: Node): boolean {
  const parts = node as Node & Record<string, Node & { readonly name?: string }>;
  switch (node.type) {
    case "Identifier":
      return /(^ms|Ms)$/.test(parts["name"] as unknown as string);
    case "MemberExpression":
      return parts["property"] !== undefined && isTime(parts["property"]);
    case "LogicalExpression":
      return [parts["left"], parts["right"]].some((side) => side !== undefined && isTime(side));
    case "ParenthesizedExpression":
    case "TSNonNullExpression":
    case "TSAsExpression":
      return parts["expression"] !== undefined && isTime(parts["expression"]);
    case "SpreadElement":
      return parts["argument"] !== undefined && isTime(parts["argument"]);
    default:
      return false;
  }
}

/** Templates in which a unit of time follows a value. */
function timeUnits(source: Source): string[] {
  const found: Node[] = [];
  new Visitor({
    TemplateLiteral: (node) => {
      const behind = node.quasis.slice(1).map(({ value }) => value.raw);
      if (behind.some((text) => /^ ?(ms|s|min|h)(?![\w])/.test(text))) found.push(node);
    },
  }).visit(parse(source));
  return found.map(
    (node) => `${source.file}:${lineOf(source, node)} writes a unit: ${excerpt(source, node)}`,
  );
}

/** The texts of a file's exported tables of words: `export const phaseWords = { done: "done", … }`. */
function tabledWords(source: Source): string[] {
  const words: string[] = [];
  new Visitor({
    ExportNamedDeclaration: ({ declaration }) => {
      if (declaration?.type !== "VariableDeclaration") return;
      for (const { id, init } of declaration.declarations) {
        if (id.type !== "Identifier" || !id.name.endsWith("Words")) continue;
        const table = init?.type === "TSAsExpression" ? init.expression : init;
        if (table?.type !== "ObjectExpression") continue;
        for (const property of table.properties) {
          const value = property.type === "Property" ? property.value : null;
          if (value?.type === "Literal" && typeof value.value === "string") words.push(value.value);
        }
      }
    },
  }).visit(parse(source));
  return words;
}

/** Places that translate one of the words themselves: `t("done")`. */
function saidWords(source: Source, words: ReadonlySet<string>): string[] {
  const found: Node[] = [];
  new Visitor({
    CallExpression: (node) => {
      const [text] = node.arguments;
      const isTranslation = node.callee.type === "Identifier" && node.callee.name === "t";
      if (isTranslation && text?.type === "Literal" && words.has(String(text.value)))
        found.push(node);
    },
  }).visit(parse(source));
  return found.map(
    (node) => `${source.file}:${lineOf(source, node)} has its own word: ${excerpt(source, node)}`,
  );
}

function excerpt({ text }: Source, { start, end }: Node): string {
  return text.slice(start, end).replaceAll(/\s+/g, " ");
}
