import { chmod, mkdir, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Check, Finding } from "../../../src/cli/doctor/check.ts";
import { agent } from "../../../src/cli/doctor/checks/agent.ts";
import { clock } from "../../../src/cli/doctor/checks/clock.ts";
import { config } from "../../../src/cli/doctor/checks/config.ts";
import { fileSystems } from "../../../src/cli/doctor/checks/file-systems.ts";
import { git } from "../../../src/cli/doctor/checks/git.ts";
import { hookTools } from "../../../src/cli/doctor/checks/hook-tools.ts";
import { ports } from "../../../src/cli/doctor/checks/ports.ts";
import { codeServer, otherSidecars } from "../../../src/cli/doctor/checks/sidecars.ts";
import { stateFolder } from "../../../src/cli/doctor/checks/state-folder.ts";
import { examine, isHealthy } from "../../../src/cli/doctor/examine.ts";
import { atLeast, versionIn } from "../../../src/cli/doctor/version.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { freePort, scratchFolder } from "../../support/scratch.ts";
import { serve } from "../../support/serve.ts";
import { openCodeBin, stageDir } from "../../support/stage.ts";

const repositories = [{ name: "shop", url: "https://git.example/shop.git" }];

/** Runs one check with its own config, in an empty folder. */
async function run(
  check: Check,
  config: Record<string, unknown>,
  { folder, path = process.env["PATH"] ?? "" }: { folder?: string; path?: string } = {},
): Promise<readonly Finding[]> {
  const cwd = folder ?? (await scratchFolder());
  await writeFile(join(cwd, "sandboot.json"), JSON.stringify(config));
  const loaded = await loadConfig({ env: { PATH: path }, cwd });
  return await check.run({ config: loaded, signal: new AbortController().signal });
}

/** Makes a folder for PATH with one program that prints a line. */
async function folderWith(name: string, prints: string): Promise<string> {
  const folder = await scratchFolder();
  await writeFile(join(folder, name), `#!/bin/sh\necho "${prints}"\n`);
  await chmod(join(folder, name), 0o755);
  return folder;
}

const statuses = (findings: readonly Finding[]) => findings.map(({ status }) => status);

describe("config", () => {
  it("shows the warnings of a boot, if there are any", async () => {
    const controlPlane = { url: "https://plane.example" };
    const [warning] = await run(config, { controlPlane });
    expect(warning).toMatchObject({ status: "warn", hint: expect.stringContaining("SANDBOX_ID") });
    expect(await run(config, { controlPlane, sandboxId: "box-7" })).toEqual([]);
  });
});

describe("git", () => {
  it("accepts real git, refuses a missing or old one, and is not checked without repositories", async () => {
    expect(statuses(await run(git, { repositories }))).toEqual(["ok"]);
    const [missing] = await run(git, { repositories }, { path: "/nowhere" });
    expect(missing).toMatchObject({ status: "fail", message: "git is not on PATH" });
    const path = `${await folderWith("git", "git version 2.30.9")}${delimiter}/bin`;
    const [old] = await run(git, { repositories }, { path });
    expect(old).toMatchObject({ status: "fail", hint: "install git 2.31 or later" });
    expect(await run(git, {})).toEqual([]);
  });
});

describe("agent", () => {
  it("accepts real OpenCode and the stage that was made for it", async () => {
    const findings = await run(agent, {
      agent: { command: [openCodeBin] },
      stage: { dir: stageDir },
    });
    expect(statuses(findings)).toEqual(["ok", "ok"]);
    expect(findings[1]?.message).toContain("for this version");
  });

  it("refuses a stage for another version, an invalid stage, and a missing agent", async () => {
    const path = `${await folderWith("opencode", "0.0.1")}${delimiter}/bin`;
    const [, other] = await run(agent, { stage: { dir: stageDir } }, { path });
    expect(other).toMatchObject({
      status: "warn",
      message: expect.stringContaining("the agent is 0.0.1"),
    });
    const [, none] = await run(agent, { stage: { dir: "nothing" } }, { path });
    expect(none).toMatchObject({ status: "warn", message: expect.stringContaining("stage.json") });
    const [gone] = await run(agent, {}, { path: "/nowhere" });
    expect(gone).toMatchObject({ status: "fail", message: "opencode is not on PATH" });
  });

  it("looks for the program of each agent; without one of the others a boot works", async () => {
    const agents = [{ id: "claude", kind: "acp", preset: "claude" }, { id: "open" }];
    expect(await run(agent, { agents }, { path: "/nowhere" })).toMatchObject([
      { status: "fail", hint: expect.stringContaining("or set agents.claude.command") },
      {
        status: "warn",
        message: "open: opencode is not on PATH",
        hint: "install opencode (npm package opencode-ai), or set agents.open.command",
      },
    ]);
  });
});

describe("ports", () => {
  it("accepts free ports, and names the holder of one that is in use", async () => {
    const [a, b] = [await freePort(), await freePort()];
    const config = { agent: { port: a }, bridge: { port: b } };
    expect(statuses(await run(ports, config))).toEqual(["ok"]);
    await serve(createServer(), b);
    const [taken] = await run(ports, config);
    expect(taken).toMatchObject({ status: "fail", hint: expect.stringContaining("bridge.port") });
    expect(taken?.message).toContain(`port ${b} (bridge.port) is in use by`);
    expect(taken?.message).toContain(`pid ${process.pid}`);
  });

  it("accepts ports of the sandbox that runs here", async () => {
    const folder = await scratchFolder();
    const socket = join(folder, ".sandboot/state/runtime.sock");
    await mkdir(dirname(socket), { recursive: true });
    await serve(createServer(), socket);
    const [finding] = await run(ports, {}, { folder });
    expect(finding).toMatchObject({
      status: "ok",
      message: expect.stringContaining("a sandbox runs"),
    });
  });
});

describe("state folder", () => {
  it("accepts one that can be created, warns when others can read it, refuses a file", async () => {
    const folder = await scratchFolder();
    const look = (stateDir: string) => run(stateFolder, { stateDir }, { folder });
    expect(await look("new/state")).toEqual([
      { status: "ok", message: `${join(folder, "new/state")} can be created` },
    ]);
    await mkdir(join(folder, "open"), { mode: 0o755 });
    expect((await look("open"))[1]).toMatchObject({
      status: "warn",
      hint: expect.stringContaining("chmod 700"),
    });
    await writeFile(join(folder, "file"), "");
    expect(await look("file/state")).toMatchObject([{ status: "fail" }]);
  });
});

describe("clock", () => {
  it("is wrong when files have times in the future", async () => {
    const folder = await scratchFolder();
    const file = join(folder, "stage.json");
    await writeFile(file, "{}");
    expect(statuses(await run(clock, { stage: { dir: folder } }))).toEqual(["ok"]);
    await utimes(file, new Date("2100-01-01"), new Date("2100-01-01"));
    const [finding] = await run(clock, { stage: { dir: folder } });
    expect(finding).toMatchObject({
      status: "fail",
      message: expect.stringContaining("2100-01-01"),
    });
  });
});

describe("other programs", () => {
  it("bash, mkfifo and prlimit for hooks", async () => {
    expect(statuses(await run(hookTools, { repositories }))).toEqual(["ok"]);
    expect(statuses(await run(hookTools, { repositories }, { path: "/nowhere" }))).toEqual([
      "fail",
      "warn",
      "warn",
    ]);
  });

  it("code-server and sidecars: missing ones warn, required ones fail", async () => {
    const path = "/nowhere";
    expect(await run(codeServer, {})).toEqual([]);
    expect(statuses(await run(codeServer, { codeServer: {} }, { path }))).toEqual(["warn"]);
    const required = { codeServer: { optional: false } };
    expect(statuses(await run(codeServer, required, { path }))).toEqual(["fail"]);
    const own = `${await folderWith("code-server", "4.999.1 abcdef with Code 1.1")}${delimiter}/bin`;
    const [found] = await run(codeServer, { codeServer: {} }, { path: own });
    expect(found).toMatchObject({
      status: "ok",
      message: expect.stringContaining("version 4.999.1"),
    });
    const sidecars = [
      { id: "db", command: ["no-such-db"] },
      { id: "sh", command: ["/bin/sh"] },
    ];
    expect(statuses(await run(otherSidecars, { sidecars }))).toEqual(["warn", "ok"]);
    const [display] = await run(otherSidecars, { desktop: {} }, { path });
    expect(display).toMatchObject({ hint: expect.stringContaining("Debian package xvfb") });
  });

  it("file systems: shows how trees are copied, and leaves nothing behind", async () => {
    const folder = await scratchFolder();
    const findings = await run(fileSystems, { stage: { dir: stageDir } }, { folder });
    expect(statuses(findings)).toEqual(["ok"]);
    expect(findings[0]?.message).toMatch(/(share a|on different) file system/);
  });
});

describe("the examination", () => {
  it("reports a check that throws as a finding; failures make the result unhealthy, warnings do not", async () => {
    const config = await loadConfig({ env: {}, cwd: await scratchFolder() });
    const context = { config, signal: new AbortController().signal };
    const saying = (...findings: Finding[]): Check => ({ id: "x", run: async () => findings });
    const broken: Check = { id: "b", run: () => Promise.reject(new Error("no /proc here")) };
    const diagnoses = await examine(
      [broken, saying(), saying({ status: "ok", message: "" })],
      context,
    );
    expect(diagnoses).toHaveLength(2);
    expect(diagnoses[0]?.findings[0]?.message).toContain("no /proc here");
    expect(isHealthy(diagnoses)).toBe(true);
    const fail = saying({ status: "fail", message: "m", hint: "h" });
    expect(isHealthy(await examine([fail], context))).toBe(false);
  });

  it.each([
    ["git version 2.39.5 (Apple Git-154)", "2.39.5"],
    ["ttyd version 1.7.7-40e79c7", "1.7.7-40e79c7"],
    ["no figures", null],
  ])("finds the version in %j", (text, version) => {
    expect(versionIn(text)).toBe(version);
  });

  it("compares versions as numbers, not as text", () => {
    expect([atLeast("2.9", [2, 31]), atLeast("2.31.0", [2, 31]), atLeast("10.0", [2, 31])]).toEqual(
      [false, true, true],
    );
  });
});
