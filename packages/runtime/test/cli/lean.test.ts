import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const dist = join(import.meta.dirname, "../../dist");
const read = (name: string) => readFileSync(join(dist, name), "utf8");
const scripts = readdirSync(dist).filter((name) => name.endsWith(".js"));

/** A file and everything that it imports before its own first line runs. */
function withStaticImports(name: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const imports = read(name).matchAll(/^(?:import|export)\b[^;'"]*?["']\.\/([\w-]+\.js)["'];?$/gm);
  for (const [, imported = ""] of imports) withStaticImports(imported, seen);
  return seen;
}

/** What `sandboot boot` loads on its way to `agent.spawn`: its entry, and what that imports by name, one after another. */
const onTheWay = new Set(
  ["cli", "boot-line", "chunk-boot-program"].flatMap((prefix) =>
    scripts
      .filter(
        (name) => name === `${prefix}.js` || new RegExp(`^${prefix}-[A-Z0-9]+\\.js$`).test(name),
      )
      .flatMap((name) => [...withStaticImports(name)]),
  ),
);

describe("the way to agent.spawn", () => {
  it("is a matter of few files", () => {
    // Each costs about half a millisecond. With every command in one bundle there were more than thirty.
    expect(onTheWay.size).toBeLessThan(20);
  });

  it("is the whole of it", () => {
    const code = [...onTheWay].map(read).join("\n");
    for (const part of ["src/boot/run-boot.ts", "src/phases/table.ts", "src/config/load.ts"])
      expect(code).toContain(`// ${part}`);
  });

  it.each([
    ["the logger", "node_modules/pino/"],
    ["OpenTelemetry's SDK", "node_modules/@opentelemetry/sdk-trace/"],
    ["the report's page", "src/report/html/"],
    ["the doctor", "src/doctor/"],
    ["the history", "src/history/"],
    ["the reader of archives", "node_modules/yauzl/"],
  ])("does not load %s", (_, path) => {
    const having = scripts.filter((name) => read(name).includes(path));
    expect(having).not.toEqual([]);
    expect(having.filter((name) => onTheWay.has(name))).toEqual([]);
  });
});
