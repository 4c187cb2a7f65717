import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FILES_ALLOWED, git, Origin, writeFiles } from "../support/git.ts";
import { failureOf, SyncBench } from "../support/sync.ts";

const codes = (bench: SyncBench) => bench.warnings.map(({ code }) => code);
const cutOff = (bench: SyncBench) => writeFile(join(bench.checkout, ".git/sandboot-checkout"), "");
/** A file as the ref has it that the warning names. */
const kept = (bench: SyncBench, name: string) => {
  const warning = bench.warnings.find(({ code }) => code === "checkout-repaired");
  return git(bench.checkout, "show", `${(warning as { ref: string }).ref}:${name}`);
};
/** The same path in bytes, where a name is not UTF-8. */
const latin1 = (path: string) =>
  Buffer.concat([Buffer.from(path), Buffer.from([0xe9]), Buffer.from(".txt")]);

describe("C11: a repair keeps what a stash does not hold", () => {
  it("untracked files in the way, whatever stands where, and files that git was not to look at", async () => {
    const bench = await SyncBench.create();
    const many = Array.from({ length: 400 }, (_, n) => [`m/${"n".repeat(200)}${n}`, "x\n"]);
    await bench.origin.commit("main", {
      ...Object.fromEntries(many),
      "assumed.txt": "a\n",
      "skipped.txt": "s\n",
    });
    await bench.sync();
    const path = (name: string) => join(bench.checkout, name);
    await git(bench.checkout, "update-index", "--assume-unchanged", "assumed.txt");
    await git(bench.checkout, "update-index", "--skip-worktree", "skipped.txt");
    await rm(path("README.md"));
    await writeFiles(bench.checkout, {
      "assumed.txt": "my assumed\n",
      "skipped.txt": "my skipped\n",
      "README.md/a.txt": "in the place of a tracked file\n",
      "folder/a.txt": "in the place of a file\n",
      file: "in the place of a folder\n",
      "zzz.txt": "the last one\n",
    });
    await writeFile(latin1(path("caf")), "not UTF-8\n");
    await bench.origin.commit("main", {
      "assumed.txt": "theirs\n",
      "skipped.txt": "theirs\n",
      folder: "theirs\n",
      "file/a.txt": "theirs\n",
      // As git quotes it.
      '"caf\\351.txt"': "theirs\n",
      "zzz.txt": "theirs\n",
    });
    await cutOff(bench);
    await bench.sync();
    expect(codes(bench)).toEqual(["checkout-repaired"]);
    expect(await kept(bench, "README.md/a.txt")).toBe("in the place of a tracked file");
    expect(await kept(bench, "folder/a.txt")).toBe("in the place of a file");
    expect(await kept(bench, "file")).toBe("in the place of a folder");
    expect(await kept(bench, "zzz.txt")).toBe("the last one");
    expect(await git(bench.checkout, "show", "stash@{0}:assumed.txt")).toBe("my assumed");
    expect(await git(bench.checkout, "show", "stash@{0}:skipped.txt")).toBe("my skipped");
    const grep = ["grep", "--name-only", "-e", "not UTF-8", "--all-match"];
    const refs = await git(bench.checkout, "for-each-ref", "--format=%(refname)", "refs/sandboot");
    expect(await git(bench.checkout, ...grep, refs)).toContain("caf");
    expect(await git(bench.checkout, "status", "--porcelain")).toBe("");
  });

  it("what the index has in a form of which git makes no stash, and what a sparse checkout leaves out", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commit("main", { "in/a.txt": "a\n", "out/b.txt": "b\n" });
    await bench.sync();
    await git(bench.checkout, "sparse-checkout", "set", "in");
    await writeFiles(bench.checkout, { "new.txt": "my new\n", "out/c.txt": "my sparse\n" });
    await git(bench.checkout, "add", "--intent-to-add", "new.txt");
    await bench.origin.commit("main", { "in/a.txt": "A\n", "out/c.txt": "theirs\n" });
    // What a repair leaves that was killed itself.
    await writeFile(join(bench.checkout, ".git/sandboot-index.lock"), "");
    await cutOff(bench);
    await bench.sync();
    expect(codes(bench)).toEqual(["checkout-repaired"]);
    expect(await kept(bench, "new.txt")).toBe("my new");
    expect(await kept(bench, "out/c.txt")).toBe("my sparse");
  });

  it("not a repository that is in the way: the failure names it", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    const nested = join(bench.checkout, "nested");
    await bench.origin.clone(nested);
    await bench.origin.commit("main", { nested: "theirs\n" });
    await cutOff(bench);
    const failure = await failureOf(bench.sync());
    expect(failure).toMatchObject({ code: "git-failed", fatal: true });
    expect(failure.message).toContain(`${nested}/ is a repository of its own`);
    expect(await git(nested, "log", "-1", "--format=%s")).toBe("a commit");
  });
});

describe("C11: a checkout whose files git could not write", () => {
  it("is no checkout, although git says so, and is completed by the next boot, in every mode", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    const { sha } = await bench.sync();
    const next = await bench.origin.commit("main", { "big.txt": "x".repeat(300_000) });
    // As on a full disk: the file gets no larger than 64 KiB, and git an error.
    const limited = `#!/bin/bash\nPATH="\${PATH#*:}"\n[ "$1" = checkout ] && trap '' XFSZ && ulimit -f 64\nexec git "$@"\n`;
    await writeFiles(bench.folder, { "bin/git": { text: limited, mode: 0o755 } });
    const env = { PATH: `${join(bench.folder, "bin")}:${process.env["PATH"]}` };
    for (const _ of ["a checkout", "its repair"]) {
      const failure = await failureOf(bench.sync({}, { env }));
      expect(failure).toMatchObject({ code: "git-failed", fatal: true });
      expect(failure.outputTail?.join("\n")).toContain("big.txt");
    }
    expect(sha).not.toBe(next);
    expect((await bench.sync({}, { mode: "snapshot_restore" })).sha).toBe(next);
    expect(codes(bench)).toContain("checkout-repaired");
    expect((await stat(join(bench.checkout, "big.txt"))).size).toBe(300_000);
  });

  it.each([
    [
      "cut off in the middle",
      async (gitDir: string) => {
        const index = join(gitDir, "index");
        await truncate(index, Math.floor((await stat(index)).size / 2));
      },
    ],
    [
      "split, and has lost its other half",
      async (gitDir: string) => {
        await git(join(gitDir, ".."), "update-index", "--split-index");
        const names = (await readdir(gitDir)).filter((name) => name.startsWith("sharedindex"));
        for (const name of names) await rm(join(gitDir, name));
      },
    ],
  ])("whose index is %s gets it made again", async (_, damage) => {
    const bench = await SyncBench.create();
    await bench.sync();
    await writeFile(join(bench.checkout, "README.md"), "# Mine\n");
    await damage(join(bench.checkout, ".git"));
    const sha = await bench.origin.commit("main", { "new.txt": "new\n" });
    expect((await bench.sync()).sha).toBe(sha);
    expect(codes(bench)).toEqual(["index-repaired"]);
    expect(await git(bench.checkout, "status", "--porcelain")).toBe(" M README.md");
  });
});

describe("C11: submodules have what their superproject has", () => {
  it("operations, local changes, a damaged index, a lost one", async () => {
    const bench = await SyncBench.create();
    const inner = await Origin.create(join(bench.folder, "inner"), { "inner.txt": "inner\n" });
    await bench.origin.addSubmodule("main", inner.path, "inner");
    const sync = () => bench.sync({ submodules: true }, { env: FILES_ALLOWED });
    await sync();
    const path = join(bench.checkout, "inner");
    const gitDir = join(bench.checkout, ".git/modules/inner");
    const mark = join(bench.checkout, ".git/sandboot-submodules");
    await inner.commit("main", { "inner.txt": "INNER\n" });
    await bench.origin.updateSubmodule("main", "inner");

    await git(path, "checkout", "--quiet", "-b", "side");
    await git(path, "commit", "--quiet", "--allow-empty", "-m", "side");
    await git(path, "checkout", "--quiet", "-b", "work", "HEAD~1");
    await git(path, "commit", "--quiet", "--allow-empty", "-m", "work");
    await git(path, "merge", "--quiet", "--no-commit", "side");
    const busy = await failureOf(sync());
    expect(busy).toMatchObject({ code: "git-failed", fatal: false });
    expect(busy.message).toContain(`${path} is in the middle of a merge`);
    expect(existsSync(join(gitDir, "MERGE_HEAD"))).toBe(true);
    await git(path, "merge", "--abort");

    await writeFile(join(path, "inner.txt"), "mine\n");
    const refused = await failureOf(sync());
    expect(refused).toMatchObject({ code: "git-failed", fatal: false });
    expect(refused.hint).toContain("commit, stash or remove the changes");
    expect(await readFile(join(path, "inner.txt"), "utf8")).toBe("mine\n");
    expect(existsSync(mark)).toBe(false);
    await git(path, "checkout", "--quiet", "inner.txt");

    await truncate(join(gitDir, "index"), 0);
    await sync();
    expect(codes(bench)).toEqual(["index-repaired"]);
    expect(await readFile(join(path, "inner.txt"), "utf8")).toBe("INNER\n");

    const work = await git(path, "rev-parse", "work");
    await rm(join(gitDir, "index"));
    await writeFile(join(path, "inner.txt"), "mine again\n");
    await writeFile(mark, "");
    await sync();
    expect(await git(path, "rev-parse", "work")).toBe(work);
    expect(await git(path, "show", "stash@{0}:inner.txt")).toBe("mine again");
    expect(await git(bench.checkout, "status", "--porcelain")).toBe("");
  });
});

describe("C11: refs", () => {
  it("that are symbolic lose nothing of what they lead to", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    const { checkout } = bench;
    await git(checkout, "branch", "master");
    await git(checkout, "symbolic-ref", "refs/heads/main", "refs/heads/master");
    await git(checkout, "commit", "--quiet", "--allow-empty", "-m", "mine");
    const mine = await git(checkout, "rev-parse", "HEAD");
    await bench.origin.commit("main", { "x.txt": "x\n" });
    await bench.sync();
    expect(codes(bench)).toEqual(["commits-kept"]);
    await git(checkout, "branch", "precious", mine);
    await git(checkout, "symbolic-ref", "refs/heads/feature", "refs/heads/precious");
    await bench.origin.commit("feature/x", { "x.txt": "x\n" });
    expect(await bench.sync({ branch: "feature/x" })).toMatchObject({ branch: "feature/x" });
    expect(await git(checkout, "rev-parse", "refs/heads/precious")).toBe(mine);
  });

  it("that are too many to be read here are asked of git", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    const { checkout } = bench;
    await git(checkout, "commit", "--quiet", "--allow-empty", "-m", "mine");
    const mine = await git(checkout, "rev-parse", "HEAD");
    await git(checkout, "pack-refs", "--all");
    const packed = join(checkout, ".git/packed-refs");
    const long = Array.from(
      { length: 34 },
      (_, n) => `${mine} refs/x/${n + 10}${"a".repeat(2 ** 20)}\n`,
    );
    await writeFile(packed, `${await readFile(packed, "utf8")}${long.join("")}`);
    await bench.origin.commit("main", { "x.txt": "x\n" });
    await bench.sync();
    expect(codes(bench)).toEqual(["commits-kept"]);
  });

  it("that a killed git has locked are free again, unless a git works in another worktree", async () => {
    const bench = await SyncBench.create();
    const main = join(bench.folder, "main");
    await bench.origin.clone(main);
    await git(main, "worktree", "add", "--quiet", "-b", "side", bench.checkout);
    const locks = ["refs/heads/side.lock", "packed-refs.lock", "refs/sandboot/kept/side-1.lock"];
    await mkdir(join(main, ".git/refs/sandboot/kept"), { recursive: true });
    for (const lock of locks) await writeFile(join(main, ".git", lock), "");
    const sha = await bench.origin.commit("side", { "side.txt": "side\n" });
    expect(await bench.sync({ branch: "side" })).toMatchObject({ branch: "side", sha });
    expect(codes(bench)).toEqual(locks.map(() => "stale-lock-removed"));
  });
});
