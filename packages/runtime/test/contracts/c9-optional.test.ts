import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { git, Origin } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";

const phaseOf = (report: { phases: { id: string }[] }, id: string) =>
  report.phases.find((phase) => phase.id === id);

async function bootToSettled(sandbox: Sandbox) {
  const boot = await sandbox.boot({ args: ["--until", "settled"] });
  expect((await boot.ended()).exitCode).toBe(0);
  return boot.report();
}

async function bootToFailure(sandbox: Sandbox) {
  const boot = await sandbox.boot();
  const { exitCode, stderr } = await boot.ended();
  expect(exitCode).toBe(1);
  return { stderr, report: await boot.report() };
}

describe("C9: an optional phase that fails is a warning, a required one fails the boot", () => {
  it("C9: a sidecar that is not installed, a secondary start.sh that fails: warnings, and ready", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: { sidecars: [{ id: "missing", command: ["no-such-program-anywhere"] }] },
    });
    const second = await Origin.create(join(sandbox.folder, "second"), {
      ".openinspect/start.sh": "echo no database; exit 9\n",
    });
    await second.clone(join(sandbox.folder, "workspace/second"));
    (sandbox.config["repositories"] as object[]).push({ name: "second", url: second.path });

    const report = await bootToSettled(sandbox);
    expect(report.outcome).toBe("ready");
    expect(phaseOf(report, "sidecar.missing")).toMatchObject({ status: "warned", required: false });
    expect(phaseOf(report, "hook.start:second")).toMatchObject({
      status: "warned",
      failure: { code: "hook-failed", outputTail: ["no database"] },
    });
    expect(report.warnings.map(({ phase }) => phase).toSorted()).toEqual([
      "hook.start:second",
      "sidecar.missing",
    ]);
    const other = report.phases.filter(({ status }) => status === "warned").map(({ id }) => id);
    expect(other.toSorted()).toEqual(["hook.start:second", "sidecar.missing"]);
  });

  it("C9: a required sidecar that is not installed is fatal", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: {
        sidecars: [{ id: "needed", command: ["no-such-program-anywhere"], optional: false }],
      },
    });
    const { report } = await bootToFailure(sandbox);
    expect(report.fatal).toMatchObject({
      phase: "sidecar.needed",
      failure: { code: "not-installed" },
    });
  });

  it.each(["repo_image", "snapshot_restore"])(
    "C9: a remote that does not answer in mode %s: the boot goes on with the present checkout, and names its commit",
    async (mode) => {
      const sandbox = await Sandbox.create({
        agentKind: "fixture",
        files: { ".openinspect/start.sh": "echo from the image\n" },
        config: { mode },
      });
      const sha = await git(sandbox.repository, "rev-parse", "HEAD");
      await rename(sandbox.origin.path, `${sandbox.origin.path}.away`);
      const report = await bootToSettled(sandbox);
      expect(phaseOf(report, "workspace.sync:demo")).toMatchObject({
        status: "warned",
        failure: { code: "git-failed", message: "git fetch ended with exit code 128" },
        detail: { synced: false, branch: "main", sha },
      });
      expect(phaseOf(report, "hook.start:demo")).toMatchObject({ status: "done" });
    },
  );

  it("C9: a checkout that git refuses because of local changes is a warning, and the tree is unchanged", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture" });
    await sandbox.origin.commit("main", { "README.md": "# Theirs\n" });
    await writeFile(join(sandbox.repository, "README.md"), "# Mine\n");
    const report = await bootToSettled(sandbox);
    expect(phaseOf(report, "workspace.sync:demo")).toMatchObject({
      status: "warned",
      failure: { hint: expect.stringContaining("commit, stash or remove") },
      detail: { synced: false },
    });
    expect(await git(sandbox.repository, "status", "--porcelain")).toBe(" M README.md");
  });

  it.each([
    ["repo_image", false],
    ["snapshot_restore", false],
    ["fresh", true],
  ])("C9: the same in mode %s with a checkout: %s is fatal", async (mode, checkout) => {
    const sandbox = await Sandbox.create({ agentKind: "fixture", checkout, config: { mode } });
    await rm(sandbox.origin.path, { recursive: true });
    const { report, stderr } = await bootToFailure(sandbox);
    expect(report.fatal).toMatchObject({
      phase: "workspace.sync:demo",
      failure: { code: "git-failed" },
    });
    expect(stderr).toContain(sandbox.origin.path);
  });
});
