import { readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { scratchFolder, scratchPool } from "../support/scratch.ts";
import { build, writePlan } from "../support/stages.ts";
import { type Files, snapshot, writeFiles } from "../support/trees.ts";

/** Makes a package that depends on two local packages: real npm, no network. */
const PACKAGE: Files = {
  "agent/package.json": JSON.stringify({
    name: "agent",
    version: "1.0.0",
    dependencies: { plugin: "file:plugin-1.0.0.tgz" },
    devDependencies: { linter: "file:linter-1.0.0.tgz" },
  }),
};

async function setUp(npm: Record<string, unknown>, files: Files = {}) {
  const folder = await scratchFolder();
  const root = join(folder, "plan");
  const spec = { files: { ...PACKAGE, ...files }, entries: [], npm: [{ from: "agent", ...npm }] };
  const planFile = await writePlan(root, spec);
  const outDir = join(folder, "out/stage");
  return { root, outDir, build: () => build(scratchPool(), planFile, outDir) };
}

/** Packs the two packages and makes the lockfile, as their author would. */
async function lock(root: string): Promise<void> {
  for (const name of ["plugin", "linter"]) {
    const source = join(root, `${name}-source`);
    const manifest = {
      name,
      version: "1.0.0",
      main: "index.js",
      bin: { [name]: "index.js" },
      scripts: { install: "touch ran-a-script" },
    };
    await writeFiles(source, {
      "package.json": JSON.stringify(manifest),
      "index.js": `#!/usr/bin/env node\n// ${name}\n`,
    });
    await execa("npm", ["pack", "--pack-destination", join(root, "agent")], { cwd: source });
  }
  const flags = ["--package-lock-only", "--no-audit", "--no-fund", "--offline"];
  await execa("npm", ["install", ...flags], { cwd: join(root, "agent") });
}

describe("an npm source", () => {
  it("is installed by its lockfile, without development dependencies and scripts; the seed shares the tree", async () => {
    const { root, outDir, build } = await setUp({ to: "config", seed: "global" });
    await lock(root);
    const { entries } = await build();
    expect(entries.map(({ path, kind, type }) => [path, kind, type])).toEqual([
      ["config/node_modules", "link", "folder"],
      ["config/package-lock.json", "copy", "file"],
      ["config/package.json", "copy", "file"],
      ["global/node_modules", "link", "link"],
      ["global/package-lock.json", "copy", "file"],
      ["global/package.json", "copy", "file"],
    ]);
    const files = await snapshot(join(outDir, "files/config/node_modules"));
    expect(Object.keys(files)).toEqual([
      ".bin",
      ".bin/plugin",
      "plugin",
      "plugin/index.js",
      "plugin/package.json",
    ]);
    expect(files[".bin/plugin"]).toBe("link ../plugin/index.js");
    expect(await readlink(join(outDir, "files/global/node_modules"))).toBe(
      "../config/node_modules",
    );
    const seeded = join(outDir, "files/global/node_modules/plugin/index.js");
    expect(await readFile(seeded, "utf8")).toContain("// plugin");
  });

  // The missing dependency is a folder. For a version, npm would ask a registry first.
  it("fails with npm's own message when the lockfile does not match package.json", async () => {
    const { root, outDir, build } = await setUp({ to: "config" });
    await lock(root);
    const path = join(root, "agent/package.json");
    const manifest = JSON.parse(await readFile(path, "utf8"));
    manifest.dependencies["left-out"] = "file:left-out";
    await writeFile(path, JSON.stringify(manifest));
    await expect(build()).rejects.toThrow(
      /^npm source "agent": npm ci failed: exit code 1\n[\s\S]*Missing: left-out/,
    );
    expect(await snapshot(join(outDir, ".."))).toEqual({});
  });

  it("fails without a lockfile, and names it", async () => {
    const { root, build } = await setUp({ to: "config" });
    await expect(build()).rejects.toThrow(
      `npm source "agent": ${root}/agent/package-lock.json does not exist`,
    );
  });

  it("without dependencies still has a node_modules folder", async () => {
    const { root, build } = await setUp({ to: "config" });
    const manifest = { name: "agent", version: "1.0.0" };
    await writeFile(join(root, "agent/package.json"), JSON.stringify(manifest));
    const packages = { "": manifest };
    await writeFile(
      join(root, "agent/package-lock.json"),
      JSON.stringify({ ...manifest, lockfileVersion: 3, packages }),
    );
    const { entries } = await build();
    expect(entries.find(({ path }) => path === "config/node_modules")).toMatchObject({ files: 0 });
  });
});
