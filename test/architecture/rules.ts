import { folderCycles, type ImportEdge } from "./import-graph.ts";

/** What the house allows (CONTRIBUTING.md has the map). */
export interface Rule {
  readonly says: string;
  /** @returns one line for each import that breaks the rule. */
  broken(graph: readonly ImportEdge[]): string[];
}

const RUNTIME = "packages/runtime/src";
const PROTOCOL_PACKAGES = new Set(["zod"]);

export const rules: readonly Rule[] = [
  forbid({
    says: "the stager imports nothing of the runtime or the extension",
    from: /^packages\/stager\//,
    to: (path) =>
      /^(@sandboot\/runtime|sandboot-vscode)\b/.test(path) ||
      (path.startsWith("packages/") && !path.startsWith("packages/stager/")),
  }),
  forbid({
    says: "the runtime imports the stager by its name, and nothing of the extension",
    from: /^packages\/runtime\//,
    to: (path) =>
      path.startsWith("sandboot-vscode") ||
      (path.startsWith("packages/") && !path.startsWith("packages/runtime/")),
  }),
  forbid({
    says: "the extension imports only the runtime's protocol",
    from: /^packages\/vscode-ext\//,
    to: (path) =>
      (path.startsWith("@sandboot/") && !/^@sandboot\/runtime\/protocol(\/client)?$/.test(path)) ||
      (path.startsWith("packages/") && !path.startsWith("packages/vscode-ext/")),
  }),
  forbid({
    says: "the graph knows no concrete phase",
    from: /^packages\/runtime\/src\/boot\/graph\//,
    to: (path) => path.startsWith(`${RUNTIME}/boot/`) && !path.startsWith(`${RUNTIME}/boot/graph/`),
  }),
  forbid({
    says: "the protocol stands alone",
    from: /^packages\/runtime\/src\/protocol\//,
    to: (path) =>
      !path.startsWith(`${RUNTIME}/protocol/`) &&
      !path.startsWith("node:") &&
      !PROTOCOL_PACKAGES.has(path),
  }),
  {
    says: "no folders of the runtime import each other in a ring",
    broken: (graph) =>
      folderCycles(graph, RUNTIME).map((ring) => {
        const within = graph.filter(({ from, to }) => {
          const rooms = [from, to].map(
            (path) => path.slice(RUNTIME.length + 1).split("/")[0] ?? "",
          );
          return rooms[0] !== rooms[1] && rooms.every((room) => ring.includes(room));
        });
        return [`ring of ${ring.join(", ")}:`, ...within.map(describe)].join("\n  ");
      }),
  },
];

function forbid(options: { says: string; from: RegExp; to: (path: string) => boolean }): Rule {
  return {
    says: options.says,
    broken: (graph) =>
      graph.filter(({ from, to }) => options.from.test(from) && options.to(to)).map(describe),
  };
}

function describe({ from, to }: ImportEdge): string {
  return `${from} imports ${to}`;
}
