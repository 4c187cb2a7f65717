import { globSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { Visitor } from "oxc-parser";
import { parse } from "./source.ts";

/** One import statement as written, and where it leads: a path from the repository's root, or a bare specifier. */
export interface ImportEdge {
  /** Path of the importing file from the repository's root. */
  readonly from: string;
  /** Path from the repository's root for a relative import, else the specifier as written. */
  readonly to: string;
  /** Nothing is loaded by it. */
  readonly typesOnly: boolean;
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
  const imports: { specifier: string; typesOnly: boolean }[] = [];
  const add = (specifier: string, typesOnly: boolean) => imports.push({ specifier, typesOnly });
  const isType = ({ importKind, exportKind }: { importKind?: string; exportKind?: string }) =>
    importKind === "type" || exportKind === "type";
  new Visitor({
    ImportDeclaration: (node) => {
      const { specifiers } = node;
      const all =
        specifiers.length > 0 && specifiers.every((one) => "importKind" in one && isType(one));
      add(node.source.value, isType(node) || all);
    },
    ExportAllDeclaration: (node) => add(node.source.value, isType(node)),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.source.value, isType(node));
    },
    ImportExpression: ({ source: from }) => {
      if (from.type === "Literal" && typeof from.value === "string") add(from.value, false);
    },
    TSImportType: (node) => add(node.source.value, true),
  }).visit(parse({ file, text: source }));
  return imports.map(({ specifier, typesOnly }) => ({
    from: file,
    to: specifier.startsWith(".") ? normalize(join(file, "..", specifier)) : specifier,
    typesOnly,
  }));
}

/** Things directly in a folder that import each other, and the imports between them. */
export interface Ring {
  /** Names in the folder, sorted. */
  readonly members: readonly string[];
  readonly edges: readonly ImportEdge[];
}

/** Folders and single files directly in `folder` that import each other in a ring; each ring once. */
export function ringsIn(graph: readonly ImportEdge[], folder: string): Ring[] {
  const member = (path: string) =>
    path.startsWith(`${folder}/`) ? (path.slice(folder.length + 1).split("/")[0] ?? null) : null;
  const between = graph.flatMap((edge) => {
    const [from, to] = [member(edge.from), member(edge.to)];
    return from === null || to === null || from === to ? [] : [{ from, to, edge }];
  });
  const needs = new Map<string, Set<string>>();
  for (const { from, to } of between) needs.set(from, (needs.get(from) ?? new Set()).add(to));
  const reach = new Map([...needs.keys()].map((name) => [name, reachable(name, needs)]));
  const rings = [...reach.keys()]
    .filter((name) => reach.get(name)?.has(name))
    .map((name) =>
      [...reach.keys()]
        .filter((other) => reach.get(name)?.has(other) && reach.get(other)?.has(name))
        .sort(),
    );
  return [...new Map(rings.map((ring) => [ring.join(), ring])).values()].map((members) => ({
    members,
    edges: between
      .filter(({ from, to }) => members.includes(from) && members.includes(to))
      .map(({ edge }) => edge),
  }));
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
