import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { importsOf } from "./import-graph.ts";
import type { House } from "./rules.ts";

const SOURCES = "packages/runtime/src";

/** A kind of thing that is one file each. */
interface Kind {
  readonly what: string;
  /** The file that knows all of them, below {@link SOURCES}; those are its imports from its own folder. */
  readonly list: string;
  /** In the folder, and not in the list. */
  readonly more?: readonly string[];
}

const KINDS: readonly Kind[] = [
  { what: "A phase", list: "boot/phases/table.ts" },
  {
    what: "A probe",
    list: "process/readiness/configured-probe.ts",
    more: ["log-then-http", "all-of", "first-of"],
  },
  { what: "An agent", list: "agents/registry.ts" },
  { what: "A sidecar", list: "sidecars/list.ts" },
  { what: "A command", list: "cli/commands/index.ts" },
  { what: "A check of `doctor`", list: "cli/doctor/checks/index.ts" },
  { what: "Routes of the status API", list: "observe/status/routes/table.ts" },
];

/** Files in which the events are, as `"name": z.object`. */
const EVENTS = ["protocol/event.ts", "protocol/adopt.ts"];

/** Rooms that every other one may import: arrows to them would say nothing. */
const GROUND = ["base", "protocol"];

/**
 * The generated parts of docs/architecture.md.
 *
 * @returns Each part's text by its name.
 */
export function partsOf(root: string, house: House): Readonly<Record<string, string>> {
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  return {
    runtime: rooms(house, "runtime"),
    stager: rooms(house, "stager"),
    "vscode-ext": rooms(house, "vscode-ext"),
    index: index(read),
    boot: mermaid(seedAndBinding(read("docs/graph.md"))),
    rooms: mermaid(importsOfRooms(house)),
  };
}

/** The page with its generated parts made anew. */
export function regenerated(page: string, parts: Readonly<Record<string, string>>): string {
  return page.replace(
    /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}${parts[name]}\n${end}`,
  );
}

const link = (text: string, path: string) => `[${text}](../${path})`;
const mermaid = (lines: readonly string[]) => ["```mermaid", ...lines, "```"].join("\n");

function rooms(house: House, pkg: string): string {
  const rows = Object.entries(house[pkg] ?? {}).map(([name, { purpose, files }]) => {
    const src = `packages/${pkg}/src`;
    const places = files?.map((file) => link(`\`${file}\``, `${src}/${file}`));
    return `| ${places?.join(", ") ?? link(`\`${name}/\``, `${src}/${name}/`)} | ${purpose} |`;
  });
  return ["| room | purpose |", "|---|---|", ...rows].join("\n");
}

function index(read: (path: string) => string): string {
  const rows = KINDS.map(({ what, list, more = [] }) => {
    const path = `${SOURCES}/${list}`;
    const folder = dirname(path);
    const listed = importsOf(path, read(path))
      .filter(({ to, typesOnly }) => dirname(to) === folder && !typesOnly)
      .map(({ to }) => to);
    const all = new Set([...listed, ...more.map((name) => `${folder}/${name}.ts`)]);
    const things = [...all].map((file) => link(basename(file, ".ts"), file));
    return `| ${what} | ${link(`\`${list}\``, path)} | ${things.join(" · ")} |`;
  });
  const events = EVENTS.flatMap((file) =>
    [...read(`${SOURCES}/${file}`).matchAll(/type: z\.literal\("([^"]+)"\)/g)].map(
      ([, name = ""]) => `\`${name}\``,
    ),
  );
  const eventFiles = EVENTS.map((file) => link(`\`${file}\``, `${SOURCES}/${file}`)).join(", ");
  return [
    "| what | in the list | those there are |",
    "|---|---|---|",
    ...rows,
    `| An event | ${eventFiles} | ${events.join(" · ")} |`,
  ].join("\n");
}

/** The phases of an ordinary boot, in two boxes: those of a seed that wait for no other phase, and the rest. */
function seedAndBinding(graphs: string): string[] {
  const fresh = graphOf(graphs, "fresh");
  const inSeed = new Set(
    graphOf(graphs, "seed")
      .flatMap(nodeOf)
      .map(({ phase }) => phase),
  );
  const nodes = fresh.flatMap(nodeOf);
  const arrows = fresh.filter((line) => / --> /.test(line));
  /** Whether a phase and all that it needs are of a seed. */
  const isSeed = ({ id, phase }: GraphNode): boolean =>
    inSeed.has(phase) &&
    nodes.every((need) => !arrows.includes(`  ${need.id} --> ${id}`) || isSeed(need));
  const box = (id: string, seed: boolean) => [
    `  subgraph ${id}`,
    ...nodes.filter((node) => isSeed(node) === seed).map(({ text }) => `    ${text}`),
    "  end",
  ];
  return ["flowchart LR", ...box("seed", true), ...box("binding", false), ...arrows];
}

/** The lines of one mode's graph in docs/graph.md. */
function graphOf(graphs: string, mode: string): string[] {
  const [, text = ""] =
    new RegExp(`^## \`${mode}\`\\n\\n\`\`\`mermaid\\n([\\s\\S]*?)\`\`\``, "m").exec(graphs) ?? [];
  return text.split("\n");
}

interface GraphNode {
  readonly id: string;
  readonly phase: string;
  /** How it is drawn. */
  readonly text: string;
}

/** The node that a line declares, if it declares one. */
function nodeOf(line: string): GraphNode[] {
  const [, text, id, phase] = /^ {2}((p\d+)[([]+"([^"]+)"[)\]]+)/.exec(line) ?? [];
  return text === undefined || id === undefined || phase === undefined ? [] : [{ id, phase, text }];
}

/** The runtime's top rooms and their imports, without those that follow from others. */
function importsOfRooms(house: House): string[] {
  const top = (name: string) => name.split("/")[0] ?? name;
  const edges = new Map<string, Set<string>>();
  for (const [name, room] of Object.entries(house["runtime"] ?? {})) {
    const from = top(name);
    const targets = edges.get(from) ?? new Set();
    for (const target of room.rooms) {
      const to = top(target);
      if (to !== from && !GROUND.includes(to)) targets.add(to);
    }
    if (!GROUND.includes(from)) edges.set(from, targets);
  }
  const reaches = (from: string, to: string): boolean =>
    from === to || [...(edges.get(from) ?? [])].some((next) => reaches(next, to));
  const lines = [...edges].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && reaches(other, to)))
      .map((to) => `  ${from} --> ${to}`),
  );
  return ["flowchart TD", ...lines];
}
