import { globSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { Visitor } from "oxc-parser";
import { lineOf, parse, type Source } from "./source.ts";

const RUNTIME = "packages/runtime/src/";

/** Files that make the runtime's parts and give them to each other (CONTRIBUTING.md). */
const ROOTS = /^packages\/runtime\/src\/(cli\/|boot\/(sandbox|parts|agent-parts)\.ts$)/;

/** Rooms whose classes everybody may make objects of: they have no parts of their own. */
const TOOLS = new Set(["base"]);

/** Each bridge and proxy owns its gate, and what its clients send early. */
const OWNED = new Set(["gate.ts", "early-data.ts"].map((file) => `${RUNTIME}bridge/${file}`));

export function readRuntime(root: string): Source[] {
  return globSync(`${RUNTIME}**/*.ts`, { cwd: root })
    .sort()
    .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
}

/**
 * Objects of another room's classes that are made outside the composition roots. What is thrown does not count.
 *
 * @returns One line each.
 */
export function madeElsewhere(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => (ROOTS.test(source.file) ? [] : madeIn(source)));
}

function madeIn(source: Source): string[] {
  const program = parse(source);
  const importedFrom = new Map<string, string>();
  const thrown = new Set<number>();
  const made: string[] = [];
  new Visitor({
    ImportDeclaration: ({ source: { value }, specifiers }) => {
      if (!value.startsWith(".")) return;
      for (const { local } of specifiers) {
        importedFrom.set(local.name, normalize(join(source.file, "..", value)));
      }
    },
  }).visit(program);
  new Visitor({
    ThrowStatement: ({ argument }) => {
      thrown.add(argument.start);
    },
    NewExpression: (node) => {
      const { callee } = node;
      const from = callee.type === "Identifier" ? importedFrom.get(callee.name) : undefined;
      if (from === undefined || callee.type !== "Identifier" || thrown.has(node.start)) return;
      const room = roomOf(from);
      if (room === roomOf(source.file) || TOOLS.has(room) || OWNED.has(from)) return;
      made.push(`${source.file}:${lineOf(source, node)} makes a ${callee.name} of ${from}`);
    },
  }).visit(program);
  return made;
}

function roomOf(file: string): string {
  return file.slice(RUNTIME.length).split("/")[0] ?? "";
}
