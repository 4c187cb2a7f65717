import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const dist = join(import.meta.dirname, "../../dist");
const boot = join(dist, "boot");
const read = (name: string) => readFileSync(join(boot, name), "utf8");
const scriptsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".js"));

/** A file and everything that it loads before its own first line runs. Later imports are in promises. */
function withStaticImports(name: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const required = read(name).matchAll(/(?<!=>(?:[\w$]+\()?)\brequire\("\.\/([\w-]+\.js)"\)/g);
  for (const [, file = ""] of required) withStaticImports(file, seen);
  return seen;
}

/** The sources of a bundle. */
function sourcesOf(path: string): readonly string[] {
  const map: { readonly sources: readonly string[] } = JSON.parse(
    readFileSync(`${path}.map`, "utf8"),
  );
  return map.sources;
}

/** The files that `sandboot boot` loads before `agent.spawn`: its entry, and the files that it imports by name, in order. */
const onTheWay = new Set(
  // By name, because a folder that was restored from a cache may hold those of an earlier build.
  ["line.js", ...(read("line.js").match(/chunk-boot-\w+\.js/g) ?? [])].flatMap((name) => [
    ...withStaticImports(name),
  ]),
);

const sourcesOnTheWay = [...onTheWay].flatMap((name) => sourcesOf(join(boot, name)));
const allSources = [dist, boot].flatMap((folder) =>
  scriptsIn(folder).flatMap((name) => sourcesOf(join(folder, name))),
);

describe("the way to agent.spawn", () => {
  it("loads few files", () => {
    // Each file takes about half a millisecond. With every command in one bundle there were more than thirty.
    expect(onTheWay.size).toBeLessThan(8);
  });

  it("loads few bytes", () => {
    const bytes = [...onTheWay].reduce((sum, name) => sum + statSync(join(boot, name)).size, 0);
    // Each 10 kB takes about a millisecond: look what has come in before you raise this.
    expect(bytes).toBeLessThan(460_000);
  });

  it("has no descriptions of the config file's keys, which no boot shows", () => {
    // A long text goes on in the next line.
    const textOf = (folder: string) =>
      scriptsIn(folder)
        .map((name) => readFileSync(join(folder, name), "utf8").replaceAll("\\\n", ""))
        .join();
    expect(textOf(dist)).toContain("Folder that holds the checkouts.");
    expect(textOf(boot)).not.toContain("Folder that holds the checkouts.");
  });

  it("has the expected files", () => {
    for (const part of ["src/boot/run-boot.ts", "src/boot/phases/table.ts", "src/config/load.ts"])
      expect(sourcesOnTheWay).toContainEqual(expect.stringContaining(part));
  });

  it.each([
    ["the parser of command lines", "node_modules/commander/"],
    ["the logger", "node_modules/pino/"],
    ["OpenTelemetry's SDK", "node_modules/@opentelemetry/sdk-trace/"],
    ["the report's page", "src/report/html/"],
    ["the doctor", "src/cli/doctor/"],
    ["the history", "src/report/history/"],
    ["the reader of archives", "node_modules/yauzl/"],
    ["the parser of comments in JSON", "node_modules/jsonc-parser/"],
    ["the protocol's schemas", "src/protocol/phase.ts"],
  ])("does not load %s", (_, path) => {
    expect(allSources.filter((source) => source.includes(path))).not.toEqual([]);
    expect(sourcesOnTheWay.filter((source) => source.includes(path))).toEqual([]);
  });
});
