import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { FILES_ALLOWED, git, Origin, writeFiles } from "../../support/git.ts";
import { failureOf, SyncBench } from "../../support/sync.ts";

const head = (bench: SyncBench) => git(bench.checkout, "rev-parse", "HEAD");

/** The git commands that a sync ran (from GIT_TRACE), without those that git itself ran. */
async function commandsOf(bench: SyncBench, work: (trace: string) => Promise<unknown>) {
  const trace = join(bench.folder, `trace-${Math.random().toString(36).slice(2)}`);
  await work(trace);
  const lines = (await readFile(trace, "utf8")).split("\n");
  const ours = lines.flatMap((line) => /trace: built-in: git (\S+)/.exec(line)?.[1] ?? []);
  const inner = new Set(
    lines.flatMap((line) => /trace: run_command: (?:git )?(?:git-)?(\S+)/.exec(line)?.[1] ?? []),
  );
  // The remote's side of the connection, which runs on this machine, too.
  inner.add("upload-pack");
  return { all: ours, ours: ours.filter((name) => !inner.has(name)) };
}

describe("git: as few processes as possible", () => {
  it("clones with one process and does not fetch after it", async () => {
    const bench = await SyncBench.create();
    const { all, ours } = await commandsOf(bench, (trace) =>
      bench.sync({}, { env: { GIT_TRACE: trace } }),
    );
    expect(ours).toEqual(["clone"]);
    expect(all).not.toContain("fetch");
    expect(all).not.toContain("gc");
    expect(all).not.toContain("maintenance");
  });

  it("updates with few processes, and with one when there is nothing new", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    const sha = await bench.origin.commit("main", { "new.txt": "new\n" });
    const first = await commandsOf(bench, (trace) => bench.sync({}, { env: { GIT_TRACE: trace } }));
    // And a rev-list, as the fetch runs one itself.
    expect(first.ours).toEqual(["fetch", "update-ref", "checkout"]);
    expect(await head(bench)).toBe(sha);
    const second = await commandsOf(bench, (trace) =>
      bench.sync({}, { env: { GIT_TRACE: trace } }),
    );
    expect(second.ours).toEqual(["fetch"]);
    expect([...first.all, ...second.all]).not.toContain("maintenance");
  });
});

describe("git: states of a checkout", () => {
  it("of an empty repository: fails with this reason", async () => {
    const bench = await SyncBench.create();
    const url = join(bench.folder, "empty.git");
    await git(bench.folder, "init", "--quiet", "--bare", "--initial-branch=main", url);
    const failure = await failureOf(bench.sync({ url, branch: null }, { mode: "fresh" }));
    expect(failure).toMatchObject({
      code: "git-failed",
      message: `${bench.checkout} is on branch main, which has no commit: the repository is empty`,
    });
  });

  it("with a detached HEAD, or on another branch: is on the configured branch afterwards", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    const sha = await bench.origin.commit("feature/x", { "x.txt": "x\n" });
    await git(bench.checkout, "checkout", "--quiet", "--detach");
    expect(await bench.sync({ branch: "feature/x" })).toMatchObject({ branch: "feature/x", sha });
    expect(await git(bench.checkout, "branch", "--show-current")).toBe("feature/x");
  });

  it("without a branch in the config: follows the remote's default, also from a detached HEAD", async () => {
    const bench = await SyncBench.create();
    const cloned = await bench.sync({ branch: null });
    expect(cloned.branch).toBe("main");
    await git(bench.checkout, "checkout", "--quiet", "--detach");
    const sha = await bench.origin.commit("main", { "new.txt": "new\n" });
    expect(await bench.sync({ branch: null })).toMatchObject({ branch: null, sha });
  });

  it("behind a force push: has the remote's commit afterwards", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commit("main", { "gone.txt": "gone\n" });
    await bench.sync();
    await bench.origin.rewrite("main", { "kept.txt": "kept\n" });
    const { sha } = await bench.sync();
    expect(sha).toBe(await bench.origin.head("main"));
    expect((await readdir(bench.checkout)).toSorted()).toEqual([".git", "README.md", "kept.txt"]);
  });

  it("whose branch the remote no longer has: fails, and is unchanged", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commit("doomed", { "a.txt": "a\n" });
    await bench.sync({ branch: "doomed" });
    const before = await head(bench);
    await bench.origin.deleteBranch("doomed");
    const failure = await failureOf(bench.sync({ branch: "doomed" }));
    expect(failure).toMatchObject({ code: "git-failed", fatal: false });
    expect(failure.outputTail?.join("\n")).toContain("refs/heads/doomed");
    expect(await head(bench)).toBe(before);
  });

  it("with local changes: keeps them, or fails without any change when they are in the way", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    await writeFile(join(bench.checkout, "README.md"), "# Mine\n");
    const sha = await bench.origin.commit("main", { "new.txt": "new\n" });
    expect((await bench.sync()).sha).toBe(sha);
    expect(await readFile(join(bench.checkout, "README.md"), "utf8")).toBe("# Mine\n");

    await bench.origin.commit("main", { "README.md": "# Theirs\n" });
    const failure = await failureOf(bench.sync());
    expect(failure).toMatchObject({ code: "git-failed", fatal: false });
    expect(failure.outputTail?.join("\n")).toContain("README.md");
    expect(await head(bench)).toBe(sha);
  });

  it("with lock files: those of a killed git are removed with a warning, those of a living git stay", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    await bench.origin.commit("main", { "new.txt": "new\n" });
    const lock = join(bench.checkout, ".git/index.lock");
    await writeFile(lock, "");
    // A living git in this checkout: `cat-file --batch` waits for its input.
    const living = execa("git", ["cat-file", "--batch"], { cwd: bench.checkout });
    // Also where the workspace is reached by a link: the kernel names the folder itself.
    const link = join(bench.folder, "link");
    await symlink(join(bench.folder, "workspace"), link);
    for (const path of [bench.checkout, join(link, "demo")]) {
      expect(await failureOf(bench.sync({ path }))).toMatchObject({
        code: "git-failed",
        message: `another git works in ${path}: it holds ${join(path, ".git/index.lock")}`,
        fatal: false,
      });
    }
    living.stdin.end();
    await living;

    expect((await bench.sync()).steps).toEqual(["fetch", "checkout"]);
    expect(bench.warnings).toEqual([{ code: "stale-lock-removed", lock }]);
  });

  it("that is shallow: stays shallow", async () => {
    const bench = await SyncBench.create();
    for (const at of [1, 2, 3]) await bench.origin.commit("main", { "n.txt": `${at}\n` });
    const url = pathToFileURL(bench.origin.path).href;
    const count = () => git(bench.checkout, "rev-list", "--count", "HEAD");
    await bench.sync({ url, depth: 2 });
    expect(await count()).toBe("2");
    const sha = await bench.origin.commit("main", { "n.txt": "4\n" });
    expect(await bench.sync({ url, depth: 2 })).toMatchObject({ sha });
    expect(await count()).toBe("2");
    // Without a depth, new commits are fetched and the boundary stays where it was.
    const next = await bench.origin.commit("main", { "n.txt": "5\n" });
    expect(await bench.sync({ url })).toMatchObject({ sha: next });
    expect(await count()).toBe("3");
  });

  it("of a partial clone: fetches blobs when they are needed", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commit("main", { "old.txt": "an old version\n" });
    await bench.origin.commit("main", { "old.txt": "a new version\n" });
    await git(bench.origin.path, "config", "uploadpack.allowFilter", "true");
    const url = pathToFileURL(bench.origin.path).href;
    await bench.sync({ url, filter: "blob:none" });
    const missing = await git(bench.checkout, "rev-list", "--objects", "--all", "--missing=print");
    expect(missing).toContain("?");
    expect(await readFile(join(bench.checkout, "old.txt"), "utf8")).toBe("a new version\n");
    expect(await git(bench.checkout, "config", "remote.origin.partialclonefilter")).toBe(
      "blob:none",
    );
  });

  it("in a linked worktree, whose refs are in the common folder: is updated", async () => {
    const bench = await SyncBench.create();
    const main = join(bench.folder, "main-checkout");
    await bench.sync({ path: main });
    await git(main, "worktree", "add", "--quiet", "-b", "tree", bench.checkout);
    const sha = await bench.origin.commit("tree", { "tree.txt": "tree\n" });
    expect(await bench.sync({ branch: "tree" })).toMatchObject({ branch: "tree", sha });
    expect((await bench.sync({ branch: "tree" })).steps).toEqual(["fetch"]);
  });
});

describe("git: a clone", () => {
  it("is made beside its path, and removed when it was killed", async () => {
    const bench = await SyncBench.create();
    const aside = join(bench.folder, "workspace/.demo.sandboot-clone");
    await git(bench.folder, "clone", "--quiet", "--no-checkout", bench.origin.path, aside);
    await bench.sync();
    expect(existsSync(aside)).toBe(false);
    expect(await git(bench.checkout, "status", "--porcelain")).toBe("");
    expect(bench.warnings).toEqual([{ code: "half-clone-removed", checkout: bench.checkout }]);
  });

  it("into an existing folder (a volume) starts over when it was killed halfway", async () => {
    const bench = await SyncBench.create();
    await mkdir(bench.checkout, { recursive: true });
    // The state after the kill: the mark, and half a repository.
    await writeFile(join(bench.checkout, "../.demo.sandboot-clone"), "");
    await writeFiles(bench.checkout, {
      ".git/HEAD": "ref: refs/heads/main\n",
      "half.txt": "half\n",
    });
    expect((await bench.sync()).steps).toEqual(["clone"]);
    expect((await readdir(bench.checkout)).toSorted()).toEqual([".git", "README.md"]);
    expect(await readdir(join(bench.folder, "workspace"))).toEqual(["demo"]);
  });

  it("is refused when the folder has other files", async () => {
    const bench = await SyncBench.create();
    await writeFiles(bench.checkout, { "precious.txt": "precious\n" });
    const failure = await failureOf(bench.sync());
    expect(failure).toMatchObject({ code: "git-failed", fatal: true });
    expect(failure.message).toContain(`${bench.checkout} should be a checkout or empty`);
    expect(await readFile(join(bench.checkout, "precious.txt"), "utf8")).toBe("precious\n");
  });

  it("that fails leaves nothing behind", async () => {
    const bench = await SyncBench.create();
    await rename(bench.origin.path, `${bench.origin.path}.away`);
    expect(await failureOf(bench.sync())).toMatchObject({ code: "git-failed", fatal: true });
    expect(await readdir(join(bench.folder, "workspace"))).toEqual([]);
    await mkdir(bench.checkout);
    await failureOf(bench.sync());
    expect(await readdir(bench.checkout)).toEqual([]);
  });
});

describe("git: configuration", () => {
  it("fetches submodules when the config asks for them", async () => {
    const bench = await SyncBench.create();
    const inner = await Origin.create(join(bench.folder, "inner"), { "inner.txt": "inner\n" });
    await bench.origin.addSubmodule("main", inner.path, "inner");
    const env = FILES_ALLOWED;
    const without = await bench.sync({}, { env });
    expect(without.steps).toEqual(["clone"]);
    expect(await readdir(join(bench.checkout, "inner"))).toEqual([]);
    const { steps } = await bench.sync({ submodules: true }, { env });
    expect(steps).toEqual(["fetch", "submodules"]);
    expect(await readFile(join(bench.checkout, "inner/inner.txt"), "utf8")).toBe("inner\n");
  });

  it("uses the user's own git configuration: insteadOf", async () => {
    const bench = await SyncBench.create();
    await writeFiles(join(bench.folder, "home"), {
      ".gitconfig": `[url "${bench.folder}/"]\n\tinsteadOf = https://nowhere.example/\n`,
    });
    const url = `https://nowhere.example/${basename(bench.origin.path)}`;
    expect((await bench.sync({ url })).steps).toEqual(["clone"]);
    expect((await bench.sync({ url })).steps).toEqual(["fetch"]);
  });

  it("acts on the checkout's repository, whatever GIT_DIR says", async () => {
    const bench = await SyncBench.create();
    const other = join(bench.folder, "other");
    await bench.sync({ path: other });
    const sha = await bench.origin.commit("main", { "new.txt": "new\n" });
    const env = {
      GIT_DIR: join(other, ".git"),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: "nowhere",
      GIT_CONFIG: "/dev/null",
      GIT_QUARANTINE_PATH: bench.folder,
      GIT_SHALLOW_FILE: "nowhere",
    };
    await bench.sync({}, { env });
    expect(await head(bench)).toBe(sha);
    expect(await git(other, "rev-parse", "HEAD")).not.toBe(sha);
  });
});
