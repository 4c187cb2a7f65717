import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";
import { progressBar } from "../../src/cli/render.ts";
import { bundlePackage } from "../support/bundle.ts";
import { scratchFolder } from "../support/scratch.ts";
import { type StageSpec, writePlan } from "../support/stages.ts";
import { damage } from "../support/trees.ts";
import { isThere, waitFor } from "../support/wait-for.ts";

let cli = "";

beforeAll(async () => {
  cli = join(await bundlePackage(), "cli.js");
});

const SPEC: StageSpec = {
  files: { "tool/one.js": "one", "deps/a": "a" },
  entries: [
    { from: "tool/*", to: "config/tool/" },
    { from: "deps", to: "config/deps", kind: "link", gate: "DEPS=1" },
  ],
  agentVersion: "1.0.0",
};

async function setUp(spec: StageSpec = SPEC) {
  const folder = await scratchFolder();
  await writePlan(join(folder, "plan"), spec);
  /** Runs the command in the test's folder, with relative paths. */
  const run = async (args: string, env: Record<string, string> = {}) => {
    const words = args === "" ? [] : args.split(" ");
    const { exitCode, stdout, stderr } = await execa(nodeUnderTest, [cli, ...words], {
      cwd: folder,
      env,
      reject: false,
    });
    return { exitCode, stdout, stderr };
  };
  return { folder, run };
}

const BUILD = "build --plan plan/stage.plan.json --out stage";

describe("sandboot-stage", () => {
  it("builds, verifies, inspects, installs, and uninstalls", async () => {
    const { folder, run } = await setUp();
    const built = await run(BUILD);
    expect(built).toMatchObject({ exitCode: 0, stderr: "" });
    expect(built.stdout).toMatch(/^stage [0-9a-f]{12}: 2 entries, 4 B, in stage$/);
    expect(await run("verify stage --deep")).toMatchObject({ exitCode: 0, stdout: "stage: whole" });
    const { stdout } = await run("inspect stage");
    expect(stdout).toContain("for agent 1.0.0");
    expect(stdout).toMatch(/gated\n {2}config\/deps\s+DEPS=1$/);
    const installed = await run("install stage target");
    expect(installed.exitCode).toBe(0);
    expect(installed.stdout.split("\n")).toEqual([
      "gated      config/deps (the environment does not say DEPS=1)",
      "copied     config/tool/one.js (small)",
    ]);
    expect(await readFile(join(folder, "target/config/tool/one.js"), "utf8")).toBe("one");
    expect(await run("uninstall target")).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await readdir(folder)).sort()).toEqual(["plan", "stage"]);
  });

  it("with --json prints nothing else on stdout", async () => {
    const { folder, run } = await setUp();
    const manifest = JSON.parse((await run(`${BUILD} --json`)).stdout);
    expect(manifest).toEqual(JSON.parse(await readFile(join(folder, "stage/stage.json"), "utf8")));
    expect(JSON.parse((await run("verify stage --json")).stdout)).toEqual([]);
    expect(JSON.parse((await run("inspect stage --json")).stdout)).toMatchObject({ files: 2 });
    expect(JSON.parse((await run("diff stage stage --json")).stdout)).toEqual([]);
    const result = JSON.parse((await run("install stage target --json", { DEPS: "1" })).stdout);
    expect(result).toMatchObject({ source: "stage", counts: { linked: 1, copied: 1 } });
  });

  it("1: a failure, with the entry's name and without a stack", async () => {
    const { folder, run } = await setUp();
    expect((await run(BUILD)).exitCode).toBe(0);
    await rm(join(folder, "plan/tool"), { recursive: true });
    expect(await run(BUILD)).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `sandboot-stage: entry "tool/*": it is required, but nothing below ${folder}/plan matches`,
    });
    await damage(join(folder, "stage/files/config/deps/a"), "a!");
    expect(await run("verify stage")).toEqual({
      exitCode: 1,
      stdout: "config/deps/a: size: expected 1 bytes, found 2 bytes",
      stderr: "",
    });
    expect((await run("install nowhere target")).exitCode).toBe(1);
    expect((await run("install stage target --agent-version 2.0.0")).stderr).toContain(
      "it was made for agent version 1.0.0, and the agent is 2.0.0",
    );
    expect((await run("inspect nowhere")).stderr).toBe(
      "sandboot-stage: nowhere/stage.json: the file does not exist",
    );
    expect(await readdir(folder)).not.toContain("target");
  });

  it("1: an error of the file system, with its message and the path", async () => {
    const { folder, run } = await setUp();
    await run(BUILD);
    await writeFile(join(folder, "file"), "");
    const { exitCode, stderr } = await run("install stage file/target");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^sandboot-stage: (ENOTDIR|EEXIST)[^\n]*file[^\n]*$/);
  });

  it("1: two stages that differ", async () => {
    const { folder, run } = await setUp();
    await run(BUILD);
    await writeFile(join(folder, "plan/tool/two.js"), "two");
    await run("build --plan plan/stage.plan.json --out other");
    const { exitCode, stdout } = await run("diff stage other");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^\+ config\/tool\/two.js: file 0444 3 bytes sha256 [0-9a-f]{12}$/);
  });

  it.each([
    ["", "Usage: sandboot-stage"],
    ["bild", "unknown command 'bild'"],
    ["build --out stage", "required option '--plan <file>' not specified"],
    ["install stage target --isolation none", "Allowed choices are shared, private"],
    ["install stage target --on-conflict ask", "Allowed choices are keep, replace"],
    ["build --plan nowhere.json --out stage", "nowhere.json: the file does not exist"],
  ])("2: bad input: %j", async (args, says) => {
    const { run } = await setUp();
    const { exitCode, stderr } = await run(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(says);
  });

  it.each([
    ["install", "stage", ""],
    ["uninstall", ""],
    ["build", "--plan", "x", "--out", ""],
  ])("2: an empty path, from a variable that is not set: %j", async (...words) => {
    const { folder } = await setUp();
    const options = { cwd: folder, reject: false };
    const { exitCode, stderr } = await execa(nodeUnderTest, [cli, ...words], options);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("A path may not be empty.");
    expect(await readdir(folder)).toEqual(["plan"]);
  });

  it("1: a long message of npm is cut to what is wrong and where its log is", async () => {
    const { folder, run } = await setUp({
      files: { "agent/package.json": "{}", "agent/package-lock.json": "{}" },
      entries: [],
      npm: [{ from: "agent", to: "config" }],
    });
    await mkdir(join(folder, "bin"));
    const npm = join(import.meta.dirname, "../fixtures/verbose-npm.mjs");
    await symlink(npm, join(folder, "bin/npm"));
    const { exitCode, stderr } = await run(BUILD, {
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Missing: left-out@1.0.0 from lock file");
    expect(stderr).toContain("A complete log of this run");
    expect(stderr.split("\n").length).toBeLessThan(20);
  });

  it("1: a reader that closes the pipe causes no error message", async () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `${"x".repeat(100)}${index}`);
    const { folder, run } = await setUp();
    await run(BUILD);
    await run("build --plan plan/stage.plan.json --out other");
    const path = join(folder, "other/files.json");
    await writeFile(path, JSON.stringify(names.map((name) => ({ path: name, type: "folder" }))));
    const script = `{ "$0" "$1" diff stage other; echo $? >&2; } | head -n 1`;
    const { stdout, stderr } = await execa("sh", ["-c", script, nodeUnderTest, cli], {
      cwd: folder,
    });
    expect(stdout).toMatch(/^[+-] /);
    expect(stderr).toBe("1");
  });

  it("2: an invalid SOURCE_DATE_EPOCH", async () => {
    const { run } = await setUp();
    expect(await run(BUILD, { SOURCE_DATE_EPOCH: "yesterday" })).toMatchObject({
      exitCode: 2,
      stderr:
        'sandboot-stage: SOURCE_DATE_EPOCH: expected whole seconds since 1970, found "yesterday"',
    });
  });

  it("0: help and version", async () => {
    const { run } = await setUp();
    expect((await run("--help")).exitCode).toBe(0);
    expect(await run("--version")).toMatchObject({ exitCode: 0, stdout: "0.0.0-test" });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends a build in good order: %i, and nothing is left", async (signal, code) => {
    const { folder } = await setUp({
      files: { "agent/package.json": "{}", "agent/package-lock.json": "{}" },
      entries: [],
      npm: [{ from: "agent", to: "config" }],
    });
    // An npm that reports its start and never ends.
    await mkdir(join(folder, "bin"));
    const npm = join(import.meta.dirname, "../fixtures/endless-npm.mjs");
    await symlink(npm, join(folder, "bin/npm"));
    const env = { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
    const notes = join(folder, "notes");
    await mkdir(notes);
    const child = spawn(nodeUnderTest, [cli, ...BUILD.split(" ")], {
      cwd: folder,
      env: { ...env, ENDLESS_NPM_NOTES: notes },
      stdio: ["ignore", "ignore", "pipe"],
    });
    await waitFor(() => isThere(join(notes, "begun")));
    child.kill(signal);
    const [exitCode] = await once(child, "close");
    expect(exitCode).toBe(code);
    expect((await readdir(folder)).sort()).toEqual(["bin", "notes", "plan"]);
  });
});

describe("a name with a newline or an escape in it", () => {
  it("is escaped on its line, and unchanged in JSON", async () => {
    const name = "a\nb\u001b[31mc";
    const { folder, run } = await setUp({
      files: { [`tree/${name}`]: "" },
      entries: [{ from: "tree", to: "tree" }],
    });
    await run(BUILD);
    expect((await run("inspect stage")).stdout).toContain("  tree/a\\nb\\u001b[31mc  ");
    await rm(join(folder, "stage/files/tree", name));
    const { stdout } = await run("verify stage");
    expect(stdout).toBe("tree/a\\nb\\u001b[31mc: missing: expected file, found nothing");
    expect(JSON.parse((await run("verify stage --json")).stdout)[0].path).toBe(`tree/${name}`);
  });
});

describe("the progress bar", () => {
  function terminal(isTTY: boolean) {
    const written: string[] = [];
    const stream = { isTTY, write: (text: string) => written.push(text) };
    return { written, bar: progressBar(stream as unknown as NodeJS.WriteStream) };
  }

  it("shows each percent once in a terminal, and removes itself at the end", () => {
    const { written, bar } = terminal(true);
    for (let done = 1; done <= 1000; done++) bar.update(done, 1000);
    bar.end();
    expect(written).toHaveLength(102);
    expect(written[50]).toContain("50 % of 1000 files");
    expect(written.at(-1)).toBe("\r\u001b[K");
  });

  it("prints nothing for a small tree, and outside of a terminal", () => {
    const [small, pipe] = [terminal(true), terminal(false)];
    small.bar.update(1, 10);
    pipe.bar.update(500, 1000);
    small.bar.end();
    pipe.bar.end();
    expect([...small.written, ...pipe.written]).toEqual([]);
  });
});
