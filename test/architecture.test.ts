import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { madeElsewhere, readRuntime } from "./architecture/composition.ts";
import { derivedIn, derivedTwice, readSides } from "./architecture/derivation.ts";
import { type ImportEdge, importsOf, readImportGraph } from "./architecture/import-graph.ts";
import { systemsNamed } from "./architecture/platforms.ts";
import { rawReads, readPrograms, recursiveFolders } from "./architecture/reads.ts";
import { house } from "./architecture/rooms.ts";
import { type House, ringOffences, roomOffences } from "./architecture/rules.ts";
import type { Source } from "./architecture/source.ts";

const root = join(import.meta.dirname, "..");
const graph = readImportGraph(root);
const { protocol, extension } = readSides(root);
const derived = derivedIn(protocol);

describe("architecture", () => {
  it("covers the sources of every package", () => {
    const packages = new Set(graph.map(({ from }) => from.split("/")[1]));
    expect([...packages].sort()).toEqual(Object.keys(house).sort());
  });

  it("each room imports what test/architecture/rooms.ts allows, and the table allows no more", () => {
    expect(roomOffences(graph, house)).toEqual([]);
  });

  it("no files or folders import each other in a ring", () => {
    expect(ringOffences(graph)).toEqual([]);
  });

  it("the extension derives nothing that the protocol package derives", () => {
    expect(derivedTwice(derived, extension)).toEqual([]);
  });

  it("files are read without waiting, except where test/architecture/reads.ts says why", () => {
    expect(rawReads(readPrograms(root))).toEqual([]);
    expect(recursiveFolders(readPrograms(root))).toEqual([]);
  });

  it("no system is named outside of its platform's folder", () => {
    expect(systemsNamed(readPrograms(root))).toEqual([]);
  });

  it("the runtime's parts are made at its composition roots", () => {
    expect(madeElsewhere(readRuntime(root))).toEqual([]);
  });
});

describe("the rule of platforms", () => {
  const offences = (file: string, text: string) =>
    systemsNamed([{ file: `packages/runtime/src/${file}`, text }]);

  it.each([
    ["Open-Inspect", "Open-Inspect"],
    ["openInspect()", "openInspect"],
    ["OPENINSPECT_BOOT_MODE", "OPENINSPECT_BOOT_MODE"],
    ["OI_REPO", "OI_"],
    ["/tmp/oi-x", "oi-"],
  ])("notices %s, except in the platforms' folder", (text, name) => {
    expect(offences("boot/x.ts", text)).toEqual([
      `packages/runtime/src/boot/x.ts names a system: ${name}`,
    ]);
    expect(offences("platforms/open-inspect/x.ts", text)).toEqual([]);
  });

  it("allows the paths of a repository's hooks, and no others", () => {
    expect(offences("config/schema.ts", '".openinspect/setup.sh"')).toEqual([]);
    expect(offences("config/schema.ts", '".openinspect/other.sh"')).toHaveLength(1);
  });
});

describe("the rule of reads", () => {
  const file = "packages/runtime/src/agents/x.ts";
  const offences = (text: string, allowed = {}) => rawReads([{ file, text }], allowed);

  it.each([
    ["readFile", 'import { readFile } from "node:fs/promises";'],
    ["openSync", 'import { mkdirSync, openSync as o } from "node:fs";'],
    ["all of node:fs", 'import * as fs from "node:fs";'],
  ])("notices %s", (name, text) => {
    expect(offences(text)).toEqual([`${file} imports ${name}: read by small-file.ts`]);
    expect(offences(text, { [file]: "for a reason" })).toEqual([]);
  });

  it("finds folders that Node makes with their parents", () => {
    const text = "await mkdir(dirname(path), { recursive: true, mode: 0o700 });";
    expect(recursiveFolders([{ file, text }])).toEqual([
      `${file} makes folders by itself: use makeFolder`,
    ]);
    expect(
      recursiveFolders([{ file, text: "makeFolder(path, 0o700); rm(path, { recursive: true });" }]),
    ).toEqual([]);
  });

  it("allows what reads no file, and notices an entry of the table that nothing needs", () => {
    const text = 'import { lstatSync } from "node:fs"; import { open } from "./vault.ts";';
    expect(offences(text)).toEqual([]);
    expect(offences(text, { [file]: "for a reason" })).toEqual([
      `${file} reads nothing by itself: take it out of the table`,
    ]);
  });
});

const edge = (from: string, to: string, typesOnly = false): ImportEdge => ({ from, to, typesOnly });

describe("the rule of rooms", () => {
  const small: House = {
    ext: {
      store: { purpose: "", rooms: [], packages: ["@x/protocol"] },
      model: { purpose: "", rooms: ["store"] },
      "model/parts": { purpose: "", rooms: [], typesOnly: true },
      entry: { purpose: "", files: ["main.ts"], rooms: ["model"] },
    },
  };
  const file = (path: string) => `packages/ext/src/${path}`;
  const allowed = [
    edge(file("store/a.ts"), "@x/protocol"),
    edge(file("model/a.ts"), file("store/a.ts")),
    edge(file("model/a.ts"), file("model/b.ts")),
    edge(file("model/a.ts"), "node:path"),
    edge(file("main.ts"), file("model/a.ts")),
  ];
  const offences = (...edges: ImportEdge[]) => roomOffences([...allowed, ...edges], small);

  it("allows what the table names, a room's own files and Node's modules", () => {
    expect(offences()).toEqual([]);
  });

  it.each([
    ["another room", file("store/a.ts"), file("model/a.ts")],
    ["a room inside an allowed one", file("main.ts"), file("model/parts/a.ts")],
    ["the room around it", file("model/parts/a.ts"), file("model/a.ts")],
    ["a package", file("store/a.ts"), "zod"],
    ["an entry of a package that has others", file("store/a.ts"), "@x/protocol/client"],
    ["another package's sources", file("store/a.ts"), "packages/other/src/a.ts"],
  ])("notices %s", (_, from, to) => {
    expect(offences(edge(from, to))).toEqual([`${from} imports ${to}`]);
  });

  it("notices a room that is only for another, whatever the table allows", () => {
    const inner = { purpose: "", rooms: [], onlyFor: "store" };
    const users = {
      ext: {
        ...small["ext"],
        "store/inner": inner,
        store: { purpose: "", rooms: ["store/inner"], packages: ["@x/protocol"] },
        model: { purpose: "", rooms: ["store", "store/inner"] },
      },
    };
    const inside = edge(file("store/a.ts"), file("store/inner/a.ts"));
    const outside = edge(file("model/a.ts"), file("store/inner/a.ts"));
    expect(roomOffences([...allowed, inside, outside], users)).toEqual([
      `${outside.from} imports ${outside.to}, which is only for store`,
    ]);
  });

  it("notices a value where only types are allowed", () => {
    const types = {
      ext: { ...small["ext"], "model/parts": { purpose: "", rooms: ["store"], typesOnly: true } },
    };
    const [from, to] = [file("model/parts/a.ts"), file("store/a.ts")];
    expect(roomOffences([...allowed, edge(from, to, true)], types)).toEqual([]);
    expect(roomOffences([...allowed, edge(from, to)], types)).toEqual([
      `${from} imports more than types of ${to}`,
    ]);
  });

  it("notices a file in no room, and an entry of the table that nothing needs", () => {
    expect(offences(edge(file("attic/a.ts"), "node:fs"))).toEqual([
      "packages/ext/src/attic/a.ts is in no room",
    ]);
    expect(roomOffences(allowed.slice(1), small)).toEqual([
      "ext/store no longer imports @x/protocol: take it out of the table",
    ]);
  });
});

describe("the rule of rings", () => {
  const inSrc = (from: string, to: string) =>
    edge(`packages/x/src/${from}`, `packages/x/src/${to}`);
  const chain = [inSrc("a/x.ts", "b/y.ts"), inSrc("b/y.ts", "c.ts"), inSrc("d/w.ts", "a/x.ts")];

  it("allows a chain", () => {
    expect(ringOffences(chain)).toEqual([]);
  });

  it("notices folders and files in a ring, and says what closes it", () => {
    expect(ringOffences([...chain, inSrc("c.ts", "a/more.ts")])).toEqual([
      [
        "ring of a, b, c.ts in packages/x/src:",
        "packages/x/src/a/x.ts imports packages/x/src/b/y.ts",
        "packages/x/src/b/y.ts imports packages/x/src/c.ts",
        "packages/x/src/c.ts imports packages/x/src/a/more.ts",
      ].join("\n  "),
    ]);
  });

  it("notices files in one folder, however deep", () => {
    const pair = [inSrc("a/b/x.ts", "a/b/y.ts"), inSrc("a/b/y.ts", "a/b/x.ts")];
    expect(ringOffences(pair)).toEqual([
      expect.stringContaining("ring of x.ts, y.ts in packages/x/src/a/b"),
    ]);
  });
});

describe("the rule of one derivation", () => {
  const file = "packages/vscode-ext/src/model/x.ts";
  const offences = (text: string, path = file) => derivedTwice(derived, [{ file: path, text }]);
  /** A file as the extension had it before there was one derivation for all surfaces. */
  const former = (name: string): Source => ({
    file: `packages/vscode-ext/src/model/${name}.ts`,
    text: readFileSync(
      join(import.meta.dirname, `architecture/fixtures/former-${name}.ts.txt`),
      "utf8",
    ),
  });
  const kinds = (name: string) =>
    new Set(
      derivedTwice(derived, [former(name)]).map((line) =>
        line.replace(/^\S+ (exports|reckons|writes a unit|\S+ has the shape).*$/, "$1"),
      ),
    );

  it("notices the extension's former critical chain, Perfetto export and formats", () => {
    expect(kinds("critical-chain")).toEqual(new Set(["exports", "reckons"]));
    expect(kinds("perfetto")).toEqual(new Set(["reckons"]));
    expect(kinds("format")).toEqual(
      new Set(["exports", "reckons", "writes a unit", "formatBytes has the shape"]),
    );
  });

  it.each([
    ["a difference of times", "const took = (endMs ?? nowMs) - phase.startMs;"],
    ["an order of times", "const late = phase.endMs! > last.endMs;"],
    ["the latest of times", "const last = Math.max(0, ...endsMs);"],
    ["a sum of times", "totalMs += took;"],
    ["a duration in words", `const text = \`\${seconds} s\`;`],
    ["a word for a status", 'const word = t("failed, boot continued");'],
    ["a name of the protocol's", "export const criticalChain = () => [];"],
  ])("notices %s", (_, text) => {
    expect(offences(text)).toHaveLength(1);
  });

  it("notices a function of the protocol's under other names, types and comments", () => {
    const copy = `
      // Which comes last?
      const newest = (list: readonly unknown[]) =>
        list.reduce((best, one) =>
          best === undefined || (one.endMs ?? 0) > (best.endMs ?? 0) ? one : best, undefined);`;
    const [first] = offences(copy, "packages/vscode-ext/src/webview/x.ts");
    expect(first).toMatch(/has the shape of the protocol's/);
  });

  it.each([
    ["asks whether a time is known", "const ran = startMs !== null && phase.endMs === null;"],
    ["hands times on", "const text = formatDifference(readyMs, boot.readyMs);"],
    ["has a text about seconds", `const text = \`\${count} lines, some seconds old\`;`],
    ["has a word of its own", 'const word = t("was running");'],
  ])("allows what %s", (_, text) => {
    expect(offences(text)).toEqual([]);
  });

  it("lets the page draw, and the host count its own retries", () => {
    const text = "const width = (endMs - startMs) * scale;";
    expect(offences(text, "packages/vscode-ext/src/webview/x.ts")).toEqual([]);
    expect(offences(text, "packages/vscode-ext/src/host/x.ts")).toEqual([]);
  });
});

describe("the rule of composition roots", () => {
  const imports = `
    import { EventBus } from "../observe/events/bus.ts";
    import { Turns } from "../base/turns.ts";
    import { RequestRefused } from "../observe/status/control.ts";
    import { Gate } from "../bridge/gate.ts";
    import { Pool } from "./pool.ts";
  `;
  const offences = (text: string, file: string) =>
    madeElsewhere([{ file: `packages/runtime/src/${file}`, text: imports + text }]);

  it("notices a part of another room that is made anywhere else", () => {
    expect(offences("const bus = new EventBus({});", "process/x.ts")).toEqual([
      "packages/runtime/src/process/x.ts:7 makes a EventBus of packages/runtime/src/observe/events/bus.ts",
    ]);
    expect(offences("export const bus = () => new EventBus({});", "boot/run-boot.ts")).toHaveLength(
      1,
    );
  });

  it.each([
    ["a part that a root makes", "new EventBus({});", "boot/sandbox.ts"],
    ["a part that the command line makes", "new EventBus({});", "cli/commands/boot.ts"],
    ["a part of the same room", "new EventBus({}); new Pool();", "observe/x.ts"],
    ["a tool", "new Turns();", "process/x.ts"],
    ["a gate", "new Gate({});", "process/x.ts"],
    ["what is thrown", "throw new RequestRefused(400);", "boot/adopt/x.ts"],
    ["what is no part of ours", "new AbortController();", "process/x.ts"],
  ])("allows %s", (_, text, file) => {
    expect(offences(text, file)).toEqual([]);
  });
});

describe("importsOf", () => {
  it("sees every way to import", () => {
    const source = `
      import a from "./a.ts";
      import type { B } from "../b.ts";
      import { type X, type Y } from "./types.ts";
      import { type X, y } from "./half.ts";
      import "./effect.ts";
      export { c } from "./deep/c.ts";
      export type { T } from "./t.ts";
      export * from "zod";
      const d = await import("./d.ts");
      type E = import("./e.ts").E;
    `;
    const imports = importsOf("packages/x/src/room/file.ts", source);
    const told = imports.map(({ to, typesOnly }) => (typesOnly ? `${to} (types)` : to));
    expect(told.sort()).toEqual([
      "packages/x/src/b.ts (types)",
      "packages/x/src/room/a.ts",
      "packages/x/src/room/d.ts",
      "packages/x/src/room/deep/c.ts",
      "packages/x/src/room/e.ts (types)",
      "packages/x/src/room/effect.ts",
      "packages/x/src/room/half.ts",
      "packages/x/src/room/t.ts (types)",
      "packages/x/src/room/types.ts (types)",
      "zod",
    ]);
  });

  it("refuses what it cannot parse", () => {
    expect(() => importsOf("packages/x/src/file.ts", "import {")).toThrow(
      "packages/x/src/file.ts does not parse",
    );
  });
});
