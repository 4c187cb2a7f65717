import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FILES_ALLOWED, git, Origin, writeFiles } from "../support/git.ts";
import { failureOf, SyncBench } from "../support/sync.ts";

const head = (bench: SyncBench) => git(bench.checkout, "rev-parse", "HEAD");
const commit = async (folder: string, file: string) => {
  await writeFile(join(folder, file), `${file}\n`);
  await git(folder, "add", "--all");
  await git(folder, "commit", "--quiet", "-m", `mine: ${file}`);
  return git(folder, "rev-parse", "HEAD");
};
/** The names that lead to a commit. */
const namesOf = async (folder: string, sha: string) =>
  (await git(folder, "for-each-ref", "--format=%(refname)", `--contains=${sha}`)).split("\n");
const codes = (bench: SyncBench) => bench.warnings.map(({ code }) => code);

describe("C11: no step drops work", () => {
  it.each(["fresh", "repo_image"] as const)(
    "unpushed commits stay on their branch while the remote has nothing new (%s)",
    async (mode) => {
      const bench = await SyncBench.create();
      await bench.sync();
      const mine = await commit(bench.checkout, "mine.txt");
      const result = await bench.sync({}, { mode });
      expect(result).toMatchObject({ branch: "main", sha: mine, steps: ["fetch"] });
      expect(codes(bench)).toEqual(["commits-unpushed"]);
    },
  );

  it.each(["fresh", "repo_image"] as const)(
    "unpushed commits are kept under the ref that a warning names when the remote has moved (%s)",
    async (mode) => {
      const bench = await SyncBench.create();
      await bench.sync();
      const mine = await commit(bench.checkout, "mine.txt");
      const theirs = await bench.origin.commit("main", { "theirs.txt": "theirs\n" });
      expect((await bench.sync({}, { mode })).sha).toBe(theirs);
      const [warning] = bench.warnings;
      expect(warning).toMatchObject({ code: "commits-kept", branch: "main" });
      const { ref } = warning as { ref: string };
      expect(await git(bench.checkout, "rev-parse", ref)).toBe(mine);
      // Again, and nothing new is kept.
      await bench.sync({}, { mode });
      expect(bench.warnings).toHaveLength(1);
    },
  );

  it("commits of a depth 1 clone are kept as well, and the remote's former ones do not pile up", async () => {
    const bench = await SyncBench.create();
    const url = `file://${bench.origin.path}`;
    await bench.sync({ url, depth: 1 });
    await bench.origin.commit("main", { "a.txt": "a\n" });
    await bench.sync({ url, depth: 1 });
    expect(bench.warnings).toEqual([]);
    const mine = await commit(bench.checkout, "mine.txt");
    const theirs = await bench.origin.commit("main", { "b.txt": "b\n" });
    expect((await bench.sync({ url, depth: 1 })).sha).toBe(theirs);
    expect(await namesOf(bench.checkout, mine)).toContainEqual(
      expect.stringMatching(/^refs\/sandboot\/kept\/main-/),
    );
    // The history of what is kept can still be walked.
    expect(await git(bench.checkout, "log", "--format=%s", mine)).toContain("mine: mine.txt");
    expect(await git(bench.checkout, "fsck", "--connectivity-only")).toBe("");
  });

  it("the commit of a detached HEAD is kept", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    await git(bench.checkout, "checkout", "--quiet", "--detach");
    const mine = await commit(bench.checkout, "mine.txt");
    const theirs = await bench.origin.commit("main", { "theirs.txt": "theirs\n" });
    expect((await bench.sync()).sha).toBe(theirs);
    expect(bench.warnings).toMatchObject([{ code: "commits-kept", branch: null }]);
    expect(await namesOf(bench.checkout, mine)).not.toEqual([""]);
  });

  it("an ignored file is not overwritten by a commit that tracks it", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commit("main", { ".gitignore": ".env\n" });
    await bench.sync();
    await writeFile(join(bench.checkout, ".env"), "MINE=1\n");
    await bench.origin.commit("main", { ".gitignore": "\n", ".env": "THEIRS=1\n" });
    const failure = await failureOf(bench.sync());
    expect(failure).toMatchObject({ code: "git-failed", fatal: false });
    expect(await readFile(join(bench.checkout, ".env"), "utf8")).toBe("MINE=1\n");
  });

  it("a merge that somebody has begun is left alone, and the failure names it", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    await git(bench.checkout, "checkout", "--quiet", "-b", "side");
    await commit(bench.checkout, "side.txt");
    await git(bench.checkout, "checkout", "--quiet", "main");
    await commit(bench.checkout, "mine.txt");
    await git(bench.checkout, "merge", "--quiet", "--no-commit", "side");
    await bench.origin.commit("main", { "theirs.txt": "theirs\n" });
    const before = await head(bench);
    const failure = await failureOf(bench.sync());
    expect(failure.fatal).toBe(false);
    expect(failure.message).toContain("in the middle of a merge");
    expect(await head(bench)).toBe(before);
    expect(await git(bench.checkout, "status", "--porcelain")).toBe("A  side.txt");
    // Nothing that a later boot would repair.
    expect(await readdir(join(bench.checkout, ".git"))).not.toContain("sandboot-checkout");
  });

  it("repairing a checkout that was cut off keeps changes and the untracked files in its way, once", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    await writeFile(join(bench.checkout, "README.md"), "# Mine\n");
    await writeFile(join(bench.checkout, "new.txt"), "mine\n");
    await bench.origin.commit("main", { "README.md": "# Theirs\n", "new.txt": "theirs\n" });
    await writeFile(join(bench.checkout, ".git/sandboot-checkout"), "");
    await bench.sync();
    expect(await readFile(join(bench.checkout, "new.txt"), "utf8")).toBe("theirs\n");
    const [warning] = bench.warnings;
    expect(warning).toMatchObject({ code: "checkout-repaired", stashed: true });
    const { ref } = warning as { ref: string };
    expect(await git(bench.checkout, "show", `${ref}:new.txt`)).toBe("mine");
    expect(await git(bench.checkout, "show", "stash@{0}:README.md")).toBe("# Mine");
    // The same state twice: one stash.
    for (const _ of ["first", "again"]) {
      await writeFile(join(bench.checkout, "README.md"), "# Mine again\n");
      await writeFile(join(bench.checkout, ".git/sandboot-checkout"), "");
      await bench.sync();
    }
    expect((await git(bench.checkout, "stash", "list")).split("\n")).toHaveLength(2);
  });
});

describe("C11: names that cannot exist side by side", () => {
  it("a checkout on feature gets feature/x", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commit("feature", { "f.txt": "f\n" });
    await bench.sync({ branch: "feature" });
    const mine = await commit(bench.checkout, "mine.txt");
    await bench.origin.deleteBranch("feature");
    const sha = await bench.origin.commit("feature/x", { "x.txt": "x\n" });
    expect(await bench.sync({ branch: "feature/x" })).toMatchObject({ branch: "feature/x", sha });
    expect(codes(bench)).toEqual(["ref-gave-way", "ref-gave-way"]);
    expect(await namesOf(bench.checkout, mine)).toContainEqual(
      expect.stringContaining("kept/feature-"),
    );
  });

  it("a checkout with a local claude/fix gets claude, and the other way round", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    await git(bench.checkout, "branch", "claude/fix");
    const sha = await bench.origin.commit("claude", { "x.txt": "x\n" });
    expect(await bench.sync({ branch: "claude" })).toMatchObject({ branch: "claude", sha });
    await bench.origin.deleteBranch("claude");
    const deeper = await bench.origin.commit("claude/fix/it", { "y.txt": "y\n" });
    const result = await bench.sync({ branch: "claude/fix/it" });
    expect(result).toMatchObject({ branch: "claude/fix/it", sha: deeper });
    expect(await git(bench.checkout, "status", "--porcelain")).toBe("");
  });
});

describe("C11: a damaged checkout is repaired, and nothing is lost", () => {
  it.each([0, 16])("an index of %i bytes is made again, and changes still count", async (bytes) => {
    const bench = await SyncBench.create();
    await bench.sync();
    await writeFile(join(bench.checkout, "README.md"), "# Mine\n");
    await truncate(join(bench.checkout, ".git/index"), bytes);
    const sha = await bench.origin.commit("main", { "new.txt": "new\n" });
    expect((await bench.sync()).sha).toBe(sha);
    expect(codes(bench)).toEqual(["index-repaired"]);
    expect(await readFile(join(bench.checkout, "README.md"), "utf8")).toBe("# Mine\n");
    expect(await git(bench.checkout, "status", "--porcelain")).toBe(" M README.md");
  });

  it("an empty file of a branch gets the commit that its log has last", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    const mine = await commit(bench.checkout, "mine.txt");
    await writeFile(join(bench.checkout, ".git/refs/heads/main"), "");
    await writeFile(join(bench.checkout, ".git/refs/remotes/origin/main"), "");
    expect((await bench.sync()).sha).toBe(mine);
    expect(codes(bench)).toEqual(["ref-repaired", "ref-repaired", "commits-unpushed"]);
  });
});

describe("C11: submodules", () => {
  async function withSubmodule() {
    const bench = await SyncBench.create();
    const inner = await Origin.create(join(bench.folder, "inner"), { "inner.txt": "inner\n" });
    await bench.origin.addSubmodule("main", inner.path, "inner");
    await bench.sync({ submodules: true }, { env: FILES_ALLOWED });
    return { bench, inner, path: join(bench.checkout, "inner") };
  }

  it("a commit on a detached HEAD is kept when the superproject moves", async () => {
    const { bench, inner, path } = await withSubmodule();
    const mine = await commit(path, "mine.txt");
    await inner.commit("main", { "theirs.txt": "theirs\n" });
    await bench.origin.updateSubmodule("main", "inner");
    await bench.sync({ submodules: true }, { env: FILES_ALLOWED });
    expect(await readdir(path)).toContain("theirs.txt");
    expect(bench.warnings).toMatchObject([{ code: "commits-kept", checkout: path }]);
    expect(await namesOf(path, mine)).not.toEqual([""]);
  });

  it("a checkout that was killed in them is completed, and what differed is kept", async () => {
    const { bench, path } = await withSubmodule();
    await rm(join(path, "inner.txt"));
    await writeFile(join(bench.checkout, ".git/sandboot-submodules"), "");
    await bench.sync({ submodules: true }, { env: FILES_ALLOWED });
    expect(await readFile(join(path, "inner.txt"), "utf8")).toBe("inner\n");
    expect(codes(bench)).toContain("checkout-repaired");
    expect(await git(bench.checkout, "status", "--porcelain")).toBe("");
  });

  it("a clone that was killed before its first checkout is made again", async () => {
    const { bench, path } = await withSubmodule();
    const gitDir = join(bench.checkout, ".git/modules/inner");
    await rm(join(gitDir, "index"));
    await rm(join(gitDir, "objects"), { recursive: true });
    await mkdir(join(gitDir, "objects"));
    await rm(path, { recursive: true });
    await writeFiles(bench.checkout, { ".git/sandboot-submodules": "" });
    await mkdir(path);
    await bench.sync({ submodules: true }, { env: FILES_ALLOWED });
    expect(await readFile(join(path, "inner.txt"), "utf8")).toBe("inner\n");
  });
});
