import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NOTICES, writeNotices } from "../../scripts/lib/notices.mjs";
import { releaseNotes, sectionOf } from "../../scripts/release/notes.mjs";
import { bundledPackages, ofRelease } from "../../scripts/release/sbom.mjs";
import { buildSingleFile } from "../../scripts/release/single-file.mjs";
import { nodeUnderTest } from "../support/node-under-test.ts";
import { freePort } from "../support/ports.ts";

const root = join(import.meta.dirname, "../..");

describe("the notes of a release", () => {
  it("are the sections of its version", () => {
    const changelog = "# x\n\n## 0.2.0\n\n### Minor\n\n- new\n\n## 0.1.0\n\n- first\n";
    expect(sectionOf(changelog, "0.2.0")).toBe("### Minor\n\n- new");
    expect(sectionOf(changelog, "0.1.0")).toBe("- first");
    expect(sectionOf(changelog, "0.2")).toBeNull();
  });

  it("are the changes that wait for a version without a section", () => {
    expect(releaseNotes({ root, version: "99.0.0" })).toMatch(/^## Not released yet\n\n- \S/);
  });
});

describe("the SBOM", () => {
  const component = (ref: string, properties: { name: string; value: string }[] = []) => ({
    name: ref.split("@")[0] ?? "",
    version: ref.split("@")[1] ?? "",
    "bom-ref": ref,
    properties,
  });
  const development = { name: "cdx:npm:package:development", value: "true" };
  const all = {
    metadata: { component: {} },
    components: [
      component("zod@4.0.0", [development]),
      component("vitest@5.0.0"),
      component("a@1.0.0"),
    ],
    dependencies: [
      { ref: "a@1.0.0", dependsOn: ["vitest@5.0.0", "zod@4.0.0"] },
      { ref: "vitest@5.0.0", dependsOn: [] },
    ],
  };

  it("has what is bundled, as what it is: a part of sandboot", () => {
    const bundled = new Set(["zod@4.0.0", "a@1.0.0"]);
    const { components, dependencies } = ofRelease(all, { bundled, version: "1.0.0" });
    expect(components.map((one) => [one["bom-ref"], one.scope, one.properties])).toEqual([
      ["zod@4.0.0", "required", []],
      ["a@1.0.0", "required", []],
    ]);
    expect(dependencies).toEqual([
      { ref: "pkg:npm/%40sandboot/runtime@1.0.0", dependsOn: ["zod@4.0.0", "a@1.0.0"] },
      { ref: "a@1.0.0", dependsOn: ["zod@4.0.0"] },
    ]);
  });

  it("is refused when something bundled is unknown to npm", () => {
    const bundled = new Set(["left-pad@1.0.0"]);
    expect(() => ofRelease(all, { bundled, version: "1.0.0" })).toThrow("left-pad@1.0.0");
  });

  it("finds in the bundles what they bundle, and no tool", () => {
    const names = [...bundledPackages(root)].map((ref) => ref.replace(/@[^@]+$/, ""));
    expect(names).toEqual(expect.arrayContaining(["zod", "pino", "piscina", "commander", "fdir"]));
    expect(names).not.toContain("vitest");
  });
});

describe("the notices of others' licences", () => {
  it("name each package in the bundles of npm's packages", () => {
    const notices = ["runtime", "stager"]
      .map((name) => readFileSync(join(root, "packages", name, "dist", NOTICES), "utf8"))
      .join("\n");
    for (const ref of bundledPackages(root)) {
      expect(notices).toContain(`\n${ref.replace(/@([^@]+)$/, " $1")} (`);
    }
  });

  it("are none for what is all our own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sandboot-notices-"));
    await writeNotices(folder, [{ inputs: {}, outputs: {} }]);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe("sandboot.mjs", () => {
  const folder = mkdtempSync(join(tmpdir(), "sandboot-single-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const sandboot = join(folder, "sandboot.mjs");

  beforeAll(async () => {
    await buildSingleFile({ root, folder, version: "1.2.3" });
  });

  it("is one file and its worker, with the licences of what they hold", () => {
    expect(readdirSync(folder).toSorted()).toEqual([
      NOTICES,
      "sandboot-worker.mjs",
      "sandboot.mjs",
    ]);
    const notices = readFileSync(join(folder, NOTICES), "utf8");
    expect(notices).toMatch(/^zod \d[^\n]* \(MIT\)\n\nMIT License$/m);
    expect(execFileSync(sandboot, ["--version"], { encoding: "utf8" })).toBe("1.2.3\n");
  });

  it("boots where nothing else is, threads and an agent that speaks ACP included", async () => {
    const [http, acp, bridge] = [await freePort(), await freePort(), await freePort()];
    const fixture = (name: string) => join(root, "packages/runtime/test/fixtures", name);
    const record = join(folder, "agent.jsonl");
    const web = [process.execPath, fixture("http-agent.mjs"), "{port}", record];
    const speaker = [process.execPath, fixture("acp-agent.mjs"), record];
    const config = {
      agents: [
        { id: "web", kind: "command", command: web, port: http, prefetch: "always" },
        { id: "acp", kind: "acp", command: speaker, port: acp },
      ],
      bridge: { port: bridge },
    };
    writeFileSync(join(folder, "sandboot.json"), JSON.stringify(config));
    const args = [sandboot, "boot", "--until", "settled", "--json"];
    const { status, stdout } = spawnSync(nodeUnderTest, args, { cwd: folder, encoding: "utf8" });
    expect(status).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const ended = (id: string) => events.find((one) => one.type === "phase.ended" && one.id === id);
    expect(ended("prefetch")).toMatchObject({ status: "done" });
    expect(ended("agent.session:acp")).toMatchObject({ status: "done" });
    expect(events.at(-1)).toMatchObject({ type: "shutdown.ended", exitCode: 0 });
  });
});
