import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeUnderTest } from "./support/node-under-test.ts";

const root = join(import.meta.dirname, "..");
const tsc = join(root, "node_modules/.bin/tsc");

/** A module that makes Node say it is another version, to whoever asks. */
const pretending = (version: string) =>
  `data:text/javascript,Object.defineProperty(process.versions, "node", { value: "${version}" });`;

/** The compiler and npm, on a machine that has other things to do. */
const SLOW_MS = 120_000;

/** What attw calls a problem in a package that has no CommonJS and needs a Node that can `require` modules. */
const ESM_ONLY: ReadonlySet<string> = new Set(["NoResolution", "CJSResolvesToESM"]);

const packages = [
  {
    name: "stager",
    command: "sandboot-stage",
    usage: `import { createStagePool, type InstallResult, installStage } from "@sandboot/stager";
      export const functions: readonly Function[] = [createStagePool];
      // @ts-expect-error An option is missing: so the types are there, and are not \`any\`.
      export const result: Promise<InstallResult> = installStage({ stageDir: "stage" });\n`,
  },
  {
    name: "runtime",
    command: "sandboot",
    usage: `import { type RuntimeState, runtimeStateSchema } from "@sandboot/runtime/protocol";
      import { RuntimeClient } from "@sandboot/runtime/protocol/client";
      const client = new RuntimeClient({ id: "socket", socketPath: "runtime.sock" });
      export const state: Promise<RuntimeState> = client.state();
      export const status: string = runtimeStateSchema.parse({}).status;
      // @ts-expect-error No such method: so the types are there, and are not \`any\`.
      client.noSuchMethod();\n`,
  },
];

describe.each(packages)("@sandboot/$name as it is published", ({ name, command, usage }) => {
  /** A project that has installed the package as npm packs it, with the dependencies that it names and no others. */
  const project = mkdtempSync(join(tmpdir(), "sandboot-package-"));
  afterAll(() => rmSync(project, { recursive: true, force: true }));
  const installed = join(project, "node_modules/@sandboot", name);
  let tarball = "";
  const read = (file: string) => readFileSync(join(installed, file), "utf8");
  const manifest = () => JSON.parse(read("package.json"));
  const run = (program: string, ...args: string[]) =>
    succeeded(spawnSync(program, args, { cwd: project, encoding: "utf8" }));
  const provide = (dependency: string) =>
    symlinkSync(
      join(root, "node_modules", dependency),
      join(project, "node_modules", dependency),
      "dir",
    );

  beforeAll(() => {
    const cwd = join(root, "packages", name);
    // What `prepack` does; the bundles are there, and others use them just now.
    succeeded(spawnSync(tsc, ["-b", "tsconfig.src.json"], { cwd, encoding: "utf8" }));
    const pack = ["pack", "--ignore-scripts", "--pack-destination", project];
    succeeded(spawnSync("npm", pack, { cwd, encoding: "utf8" }));
    tarball = readdirSync(project).map((file) => join(project, file))[0] ?? "";
    mkdirSync(installed, { recursive: true });
    run("tar", "-xzf", tarball, "--strip-components=1", "-C", installed);
    writeFileSync(join(project, "package.json"), '{ "type": "module" }');
    for (const dependency of Object.keys(manifest().dependencies)) provide(dependency);
  }, SLOW_MS);

  it("runs its command", () => {
    const { bin, version } = manifest();
    const program = join(installed, bin[command]);
    accessSync(program, constants.X_OK);
    expect(run(program, "--version").trim()).toBe(version);
  });

  it.each([
    ["20.19.0", 2],
    ["22.10.0", 2],
    ["22.11.0", 0],
    ["24.0.0", 0],
  ])("says so where Node is older than `engines` allow: %s", (version, exitCode) => {
    const oldest = manifest().engines.node.replace(">=", "");
    const program = join(installed, manifest().bin[command]);
    const args = ["--import", pretending(version), program, "--version"];
    const { status, stderr } = spawnSync(nodeUnderTest, args, { encoding: "utf8" });
    const refused = exitCode === 2;
    expect(stderr.includes(`${command} needs Node ${oldest} or later`)).toBe(refused);
    expect(status).toBe(exitCode);
  });

  it("can be imported by every name that it exports", () => {
    const imports = Object.keys(manifest().exports).map((path) => {
      const attributes = path.endsWith("schema") ? ', { with: { type: "json" } }' : "";
      return `await import("@sandboot/${name}${path.slice(1)}"${attributes});`;
    });
    expect(imports.length).toBeGreaterThan(2);
    run(nodeUnderTest, "--input-type=module", "--eval", imports.join("\n"));
  });

  it("carries its types, which ask for nothing that it does not bring but Node's", () => {
    mkdirSync(join(project, "node_modules/@types"));
    for (const dependency of ["@types/node", "undici-types"]) provide(dependency);
    writeFileSync(join(project, "user.ts"), usage);
    const strict = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024"];
    const environment = ["--lib", "es2024,esnext.disposable", "--types", "node"];
    expect(run(tsc, ...strict, ...environment, "user.ts")).toBe("");
  });

  it("has no fault that publint or are-the-types-wrong know", async () => {
    const data = new Uint8Array(readFileSync(tarball));
    const { messages } = await publint({ pack: { tarball: data.buffer } });
    expect(messages.map((message) => formatMessage(message, manifest()))).toEqual([]);
    const analysis = await checkPackage(createPackageFromTarballData(data), {
      // JSON, and the program of a thread, which nobody imports.
      excludeEntrypoints: [/schema$/, /worker$/],
    });
    const problems = analysis.types === false ? [{ kind: "no types" }] : analysis.problems;
    expect(problems.filter(({ kind }) => !ESM_ONLY.has(kind))).toEqual([]);
  });

  it("brings the licence and a page that says what it is", () => {
    expect(read("LICENSE")).toBe(readFileSync(join(root, "LICENSE"), "utf8"));
    expect(read("README.md")).toMatch(new RegExp(`^# @sandboot/${name}\n`));
  });
});

function succeeded({ status, stdout, stderr }: SpawnSyncReturns<string>): string {
  if (status !== 0) throw new Error(`exit code ${status}\n${stdout}${stderr}`);
  return stdout;
}
