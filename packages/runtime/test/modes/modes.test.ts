import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildRecordSchema } from "../../src/protocol/index.ts";
import { type Files, git } from "../support/git.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import { Sandbox, type SandboxOptions } from "../support/sandbox.ts";

/** Hooks that write a log beside the workspace. */
const HOOKS: Files = Object.fromEntries(
  ["setup", "start"].map((hook) => [
    `.openinspect/${hook}.sh`,
    `echo "$SANDBOOT_HOOK of $SANDBOOT_REPOSITORY in $SANDBOOT_MODE" >> "$DIARY"\n`,
  ]),
);

const create = (options: SandboxOptions) =>
  Sandbox.create({ agentKind: "fixture", files: HOOKS, ...options });

async function bootOnce(sandbox: Sandbox, env: Record<string, string> = {}) {
  const diaryFile = join(sandbox.folder, "diary");
  const boot = await sandbox.boot({
    args: ["--until", "ready"],
    env: { DIARY: diaryFile, ...env },
  });
  const { exitCode, stderr } = await boot.ended();
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  const diary = await readFile(diaryFile, "utf8").catch(() => "");
  return { report: await boot.report(), diary: diary.split("\n").filter(Boolean), boot };
}

const idsThatRan = (boot: RunningSandboot) =>
  boot.events.flatMap((event) => (event.type === "phase.started" ? [event.id] : []));

const stepsOf = (report: Awaited<ReturnType<typeof bootOnce>>["report"], name = "demo") =>
  report.phases.find(({ id }) => id === `workspace.sync:${name}`)?.detail["steps"];

describe("modes", () => {
  it("fresh: clones, runs setup and then start, opens the workspace", async () => {
    const sandbox = await create({ checkout: false, config: { mode: "fresh" } });
    const { report, diary } = await bootOnce(sandbox);
    expect(report).toMatchObject({ mode: "fresh", outcome: "ready" });
    expect(diary).toEqual(["setup of demo in fresh", "start of demo in fresh"]);
    expect(stepsOf(report)).toEqual(["clone"]);
    expect(await git(sandbox.repository, "branch", "--show-current")).toBe("main");
    expect(await git(sandbox.repository, "status", "--porcelain")).toBe("");
  });

  it("repo_image: fetches and checks out, runs only start; a second boot has nothing to check out", async () => {
    const sandbox = await create({});
    const sha = await sandbox.origin.commit("main", { "new.txt": "new\n" });
    const first = await bootOnce(sandbox);
    expect(first.diary).toEqual(["start of demo in repo_image"]);
    expect(stepsOf(first.report)).toEqual(["fetch", "checkout"]);
    expect(await git(sandbox.repository, "rev-parse", "HEAD")).toBe(sha);
    expect(stepsOf((await bootOnce(sandbox)).report)).toEqual(["fetch"]);
  });

  it("snapshot_restore: fetches, and does not change the checkout and uncommitted files", async () => {
    const sandbox = await create({ config: { mode: "snapshot_restore" } });
    const before = await git(sandbox.repository, "rev-parse", "HEAD");
    const sha = await sandbox.origin.commit("main", { "README.md": "# Changed\n" });
    await writeFile(join(sandbox.repository, "README.md"), "# My work\n");
    const { report, diary } = await bootOnce(sandbox);
    expect(diary).toEqual(["start of demo in snapshot_restore"]);
    expect(stepsOf(report)).toEqual(["fetch"]);
    expect(await git(sandbox.repository, "rev-parse", "HEAD", "origin/main")).toBe(
      `${before}\n${sha}`,
    );
    expect(await readFile(join(sandbox.repository, "README.md"), "utf8")).toBe("# My work\n");
  });

  it("build: clones, runs setup, records the commits, starts no agent", async () => {
    const sandbox = await create({
      checkout: false,
      config: { mode: "build", build: { record: "out/built.json" } },
    });
    const { report, diary, boot } = await bootOnce(sandbox);
    expect(report).toMatchObject({ outcome: "built", agent: null, processes: [] });
    expect(diary).toEqual(["setup of demo in build"]);
    expect(idsThatRan(boot)).toEqual(["workspace.sync:demo", "hook.setup:demo", "build.record"]);
    const text = await readFile(join(sandbox.folder, "out/built.json"), "utf8");
    expect(buildRecordSchema.parse(JSON.parse(text)).repositories).toEqual([
      {
        name: "demo",
        url: sandbox.origin.path,
        branch: "main",
        sha: await git(sandbox.repository, "rev-parse", "HEAD"),
        path: sandbox.repository,
      },
    ]);
    expect(await sandbox.agentRecord()).toEqual([]);
  });

  it("build: a setup.sh that fails gives exit code 1 and no record", async () => {
    const sandbox = await create({
      checkout: false,
      files: { ".openinspect/setup.sh": "echo no compiler; exit 3\n" },
      config: { mode: "build" },
    });
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("no compiler");
    expect(existsSync(join(sandbox.folder, "state/build.json"))).toBe(false);
  });

  it("IMAGE_BUILD_MODE, FROM_REPO_IMAGE: the environment of an image overrides the file's mode", async () => {
    const sandbox = await create({ checkout: false, config: { mode: "fresh" } });
    const built = await bootOnce(sandbox, { IMAGE_BUILD_MODE: "true" });
    expect(built.report.outcome).toBe("built");
    const booted = await bootOnce(sandbox, { FROM_REPO_IMAGE: "true" });
    expect(booted.report).toMatchObject({ mode: "repo_image", outcome: "ready" });
    expect(booted.diary).toEqual(["setup of demo in build", "start of demo in repo_image"]);
  });

  it("without any repository the agent works in the workspace", async () => {
    const sandbox = await create({ checkout: false, config: { mode: "fresh", repositories: [] } });
    const { report, boot } = await bootOnce(sandbox);
    expect(report.outcome).toBe("ready");
    expect(idsThatRan(boot).toSorted()).toEqual(
      [
        "agent.home",
        "agent.listening",
        "agent.session",
        "agent.spawn",
        "bridge",
        "prefetch",
        "ready",
        "stage",
      ].toSorted(),
    );
    const [{ started } = {}] = await sandbox.agentRecord();
    expect(started?.cwd).toBe(join(sandbox.folder, "workspace"));
  });

  it("seed: does everything that needs no repository, and waits", async () => {
    const sandbox = await create({ checkout: false, config: { mode: "seed" } });
    const { report, diary, boot } = await bootOnce(sandbox);
    expect(report).toMatchObject({ mode: "seed", outcome: "seeded", readyMs: null });
    expect(diary).toEqual([]);
    expect(idsThatRan(boot).toSorted()).toEqual([
      "agent.home",
      "agent.listening",
      "agent.spawn",
      "stage",
    ]);
    expect(boot.position("boot.seeded")).toBeGreaterThan(
      boot.position("phase.ended", ({ id }) => id === "agent.listening"),
    );
  });
});
