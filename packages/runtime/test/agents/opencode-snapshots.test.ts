import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startModelServer } from "../../../../test/support/model-server/model-server.ts";
import { openCodeConfigFor } from "../../../../test/support/model-server/opencode-config.ts";
import { prepareSnapshots } from "../../src/agents/opencode/snapshots.ts";
import { git, Origin } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";
import { scratchFolder } from "../support/scratch.ts";

const PROJECT = "0123456789abcdef0123456789abcdef01234567";

/** The repositories for snapshots in OpenCode's data. */
async function repositoriesIn(dataDir: string): Promise<string[]> {
  const paths: string[] = [];
  for (const project of await readdir(join(dataDir, "snapshot"))) {
    for (const name of await readdir(join(dataDir, "snapshot", project))) {
      paths.push(join(dataDir, "snapshot", project, name));
    }
  }
  return paths;
}

/** A checkout, and data of OpenCode's without snapshots. */
async function createCheckout() {
  const folder = await scratchFolder();
  const origin = await Origin.create(folder, { "a.txt": "one\n" });
  const directory = join(folder, "work");
  await git(folder, "clone", "--quiet", "--branch", "main", origin.path, directory);
  const dataDir = join(folder, "data");
  const prepare = (of: object = {}) =>
    prepareSnapshots({ version: "1.18.33", projectId: PROJECT, directory, dataDir, ...of });
  return { directory, dataDir, prepare };
}

describe("the repository for snapshots", () => {
  it("is the one that OpenCode makes, and OpenCode takes its snapshots with it", async () => {
    await using model = await startModelServer();
    const sandbox = await Sandbox.create({
      agent: { config: openCodeConfigFor(model), warm: { process: "off", workspace: "off" } },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    const dataDir = join(sandbox.home, ".local/share/opencode");
    const [ours = ""] = await repositoriesIn(dataDir);

    const other = join(sandbox.folder, "other");
    await git(sandbox.folder, "clone", "--quiet", "--branch", "main", sandbox.origin.path, other);
    const hashes = await Promise.all([sandbox.repository, other].map(promptIn));
    const theirs = (await repositoriesIn(dataDir)).find((path) => path !== ours) ?? "";

    const settings = async (gitDir: string) =>
      (await git(gitDir, "config", "--file", join(gitDir, "config"), "--list"))
        .split("\n")
        .filter((line) => !line.startsWith("core.worktree="))
        .sort();
    expect(await settings(ours)).toEqual(await settings(theirs));
    for (const [at, gitDir] of [ours, theirs].entries()) {
      const checkout = [sandbox.repository, other][at] ?? "";
      expect(await git(gitDir, "config", "core.worktree")).toBe(checkout);
      const alternates = await readFile(join(gitDir, "objects/info/alternates"), "utf8");
      expect(alternates).toBe(`${join(checkout, ".git/objects")}\n`);
      expect(await git(gitDir, "ls-tree", "-r", "--name-only", hashes[at] ?? "")).toBe(
        await git(checkout, "ls-tree", "-r", "--name-only", "HEAD"),
      );
    }
    // What `git init` copies from its template shows who made it.
    expect(await readdir(ours)).not.toContain("description");
    expect(await readdir(theirs)).toContain("description");

    /** @returns the tree that OpenCode's snapshot before the answer has. */
    async function promptIn(directory: string): Promise<string> {
      const headers = { "x-opencode-directory": encodeURIComponent(directory) };
      const post = async (path: string, body: object) =>
        JSON.parse((await sandbox.askAgent(path, { method: "POST", headers, body })).body);
      const { id } = await post("/session", {});
      const { parts } = await post(`/session/${id}/message`, {
        parts: [{ type: "text", text: "Hello?" }],
      });
      return parts.find(({ type }: { type: string }) => type === "step-start").snapshot;
    }
  });

  it("stays as it is when it is there", async () => {
    const { directory, dataDir, prepare } = await createCheckout();
    await prepare();
    const [gitDir = ""] = await repositoriesIn(dataDir);
    await git(gitDir, "config", "core.autocrlf", "true");
    await prepare();
    expect(await repositoriesIn(dataDir)).toEqual([gitDir]);
    expect(await git(gitDir, "config", "core.autocrlf")).toBe("true");
    expect(await git(gitDir, "config", "core.worktree")).toBe(directory);
  });

  it("has the objects that the workspace's repository borrows, and its index", async () => {
    const { directory, dataDir, prepare } = await createCheckout();
    const shared = join(directory, "../shared");
    await git(directory, "clone", "--quiet", "--shared", directory, shared);
    await prepare({ directory: shared });
    const [gitDir = ""] = await repositoriesIn(dataDir);
    const tree = await git(gitDir, "write-tree");
    expect(tree).toBe(await git(directory, "rev-parse", "HEAD^{tree}"));
  });

  it.each([
    { of: "a version that nobody has looked at", but: { version: "9.9.9" } },
    { of: "a session that names no version", but: { version: null } },
    { of: "a project without history", but: { projectId: "global" } },
    { of: "an id that is a path", but: { projectId: "some/../folder" } },
  ])("is not made for $of", async ({ but }) => {
    const { dataDir, prepare } = await createCheckout();
    await prepare(but);
    await expect(readdir(dataDir)).rejects.toThrow("ENOENT");
  });

  it.each([
    ["extensions.objectformat", "sha256"],
    ["core.filemode", "false"],
  ])("is not made where the workspace's has %s = %s", async (key, value) => {
    const { directory, dataDir, prepare } = await createCheckout();
    await git(directory, "config", key, value);
    await prepare();
    await expect(readdir(dataDir)).rejects.toThrow("ENOENT");
  });

  it("is not left half made where the workspace's has no index", async () => {
    const { directory, dataDir, prepare } = await createCheckout();
    await rm(join(directory, ".git/index"));
    await prepare();
    expect(await repositoriesIn(dataDir)).toEqual([]);
  });
});
