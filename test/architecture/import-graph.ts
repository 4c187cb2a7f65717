import { globSync, readFileSync } from "node:fs";
import { join, normalize, relative } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** One import statement as written, and where it leads: a path from the repository's root, or a bare specifier. */
export interface ImportEdge {
  /** Path of the importing file from the repository's root. */
  readonly from: string;
  /** Path from the repository's root for a relative import, else the specifier as written. */
  readonly to: string;
}

/**
 * Every import of every TypeScript source below `packages/<name>/src`: static, dynamic, re-export, and types alone,
 * which bundlers erase but readers depend on.
 */
export function readImportGraph(root: string): ImportEdge[] {
  return globSync("packages/*/src/**/*.{ts,tsx,mts}", { cwd: root })
    .sort()
    .flatMap((file) => importsOf(file, readFileSync(join(root, file), "utf8")));
}

/**
 * The imports of one source text.
 *
 * @throws when it does not parse
 */
export function importsOf(file: string, source: string): ImportEdge[] {
  const { program, errors } = parseSync(file, source);
  if (errors[0] !== undefined) throw new Error(`${file} does not parse: ${errors[0].message}`);
  const specifiers: string[] = [];
  new Visitor({
    ImportDeclaration: (node) => specifiers.push(node.source.value),
    ExportAllDeclaration: (node) => specifiers.push(node.source.value),
    ExportNamedDeclaration: (node) => node.source !== null && specifiers.push(node.source.value),
    ImportExpression: (node) => {
      if (node.source.type === "Literal" && typeof node.source.value === "string") {
        specifiers.push(node.source.value);
      }
    },
    TSImportType: (node) => specifiers.push(node.source.value),
  }).visit(program);
  return specifiers.map((specifier) => ({
    from: file,
    to: specifier.startsWith(".") ? normalize(join(file, "..", specifier)) : specifier,
  }));
}

/**
 * Folders (and single files) directly below `source` that import each other in a ring.
 *
 * @returns each ring once, as the names along it, sorted
 */
export function folderCycles(graph: readonly ImportEdge[], source: string): string[][] {
  const inside = (path: string) => path.startsWith(`${source}/`);
  const room = (path: string) => relative(source, path).split("/")[0] ?? "";
  const needs = new Map<string, Set<string>>();
  for (const { from, to } of graph) {
    if (!inside(from) || !inside(to) || room(from) === room(to)) continue;
    needs.set(room(from), (needs.get(room(from)) ?? new Set()).add(room(to)));
  }
  const reach = new Map([...needs.keys()].map((name) => [name, reachable(name, needs)]));
  const rings = [...reach.keys()]
    .filter((name) => reach.get(name)?.has(name))
    .map((name) =>
      [...reach.keys()]
        .filter((other) => reach.get(name)?.has(other) && reach.get(other)?.has(name))
        .sort(),
    );
  return [...new Map(rings.map((ring) => [ring.join(), ring])).values()];
}

function reachable(start: string, needs: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set<string>();
  const open = [...(needs.get(start) ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...(needs.get(name) ?? []));
  }
  return found;
}
