import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { git, writeFiles } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";

const OWN_TOOL = `export default {
  description: "A tool that the repository brings",
  args: {},
  async execute() { return "own" },
}
`;

/** A git on PATH that records the untracked files at the end of each checkout. */
async function recordTreeAtCheckout(sandbox: Sandbox) {
  const record = join(sandbox.folder, "tree-at-checkout");
  const real = execFileSync("which", ["git"], { encoding: "utf8" }).trim();
  const bin = join(sandbox.folder, "bin");
  await writeFiles(bin, {
    git: {
      text: `#!/bin/sh\n"${real}" "$@"\ncode=$?\nif [ "$1" = checkout ]; then "${real}" status --porcelain --ignored > ${record}; fi\nexit $code\n`,
      mode: 0o755,
    },
  });
  return { record, env: { PATH: `${bin}:${process.env["PATH"]}` } };
}

describe("C1: nothing is written into the repository's tree before its checkout has ended", () => {
  it("C1: a branch that adds tracked .opencode/ files can be checked out, and its tool is listed with the staged ones", async () => {
    const sandbox = await Sandbox.create({ branch: "feature/own-tool" });
    await sandbox.origin.commit("feature/own-tool", {
      ".opencode/tool/own.js": OWN_TOOL,
      ".opencode/command/hello.md": "Say hello\n",
    });
    const { record, env } = await recordTreeAtCheckout(sandbox);

    const boot = await sandbox.boot({ env });
    await boot.until("boot.ready");

    expect(await readFile(record, "utf8")).toBe("");
    expect(await git(sandbox.repository, "branch", "--show-current")).toBe("feature/own-tool");
    expect(await git(sandbox.repository, "status", "--porcelain")).toBe("");

    const tools: string[] = JSON.parse((await sandbox.askAgent("/experimental/tool/ids")).body);
    expect(tools).toEqual(expect.arrayContaining(["own", "repo_map", "sandbox_status"]));
    expect(await git(sandbox.repository, "status", "--porcelain")).toBe("");

    // OpenCode has installed nothing by npm: the stage's packages are linked.
    const dependencies = await readdir(join(sandbox.repository, ".opencode"), {
      withFileTypes: true,
    });
    expect(
      dependencies
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["command", "node_modules", "tool"]);
    expect(await readdir(sandbox.home)).not.toContain(".npm");

    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("C1: a branch that tracks the same names as our links can be checked out on the next boot", async () => {
    const sandbox = await Sandbox.create({ files: { ".opencode/tool/own.js": OWN_TOOL } });
    const first = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await first.ended()).exitCode).toBe(0);

    const packageJson = '{ "dependencies": {} }\n';
    await sandbox.origin.commit("main", { ".opencode/package.json": packageJson });
    const second = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await second.ended()).exitCode).toBe(0);

    const sync = (await second.report()).phases.find(({ id }) => id === "workspace.sync:demo");
    expect(sync?.status).toBe("done");
    expect(await readFile(join(sandbox.repository, ".opencode/package.json"), "utf8")).toBe(
      packageJson,
    );
    expect(await git(sandbox.repository, "status", "--porcelain")).toBe("");
  });

  it("C1: with workspaceDependencies: leave, the tree never has files of ours", async () => {
    const sandbox = await Sandbox.create({
      files: { ".opencode/command/hello.md": "Say hello\n" },
      agent: { workspaceDependencies: "leave" },
    });
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await boot.ended()).exitCode).toBe(0);
    const { phases } = await boot.report();
    expect(phases.filter(({ id }) => id.startsWith("workspace.packages"))).toEqual([]);
    const link = phases.find(({ id }) => id === "workspace.link");
    expect(link?.detail["folders"]).toMatchObject([
      { path: join(sandbox.repository, ".opencode"), result: "kept" },
      { path: join(sandbox.home, ".opencode"), result: "kept" },
      { path: join(sandbox.home, ".config/opencode"), result: "present" },
    ]);
    const exclude = await readFile(join(sandbox.repository, ".git/info/exclude"), "utf8");
    expect(exclude).not.toContain("sandboot");
  });
});
