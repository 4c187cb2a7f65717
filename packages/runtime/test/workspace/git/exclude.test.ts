import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hideFromGit } from "../../../src/workspace/git/exclude.ts";
import { commonDirOf, gitDirOf } from "../../../src/workspace/git/git-dirs.ts";
import { CHECKOUT_KINDS, checkoutOf } from "../../support/checkouts.ts";
import { git } from "../../support/git.ts";
import { scratchFolder } from "../../support/scratch.ts";

const status = (checkout: string) =>
  git(checkout, "status", "--porcelain", "--untracked-files=all");

describe.each(CHECKOUT_KINDS)("a %s", (kind) => {
  it("has the same git folder and common folder as git reports", async () => {
    const { checkout, gitDir, commonDir } = await checkoutOf(kind);
    expect(gitDirOf(checkout)).toBe(gitDir);
    expect(commonDirOf(gitDir)).toBe(commonDir);
  });

  it("has no hidden paths in git status, and no file of ours in its tree", async () => {
    const { checkout } = await checkoutOf(kind);
    const names = [".opencode/node_modules", ".opencode/a [b] *?\\ "];
    await mkdir(join(checkout, ".opencode"));
    for (const name of names) await writeFile(join(checkout, name), "");
    // git must still show paths that match a hidden name as a pattern, and the same path in another folder.
    const shown = [".opencode/a b x\\ ", "deep/.opencode/node_modules"];
    await mkdir(join(checkout, "deep/.opencode"), { recursive: true });
    for (const name of shown) await writeFile(join(checkout, name), "");

    expect(hideFromGit(checkout, names, "a test")).toEqual({ id: "hidden" });

    const lines = await git(checkout, "status", "--porcelain", "-z", "--untracked-files=all");
    expect(lines.split("\0").filter(Boolean).toSorted()).toEqual(
      shown.map((name) => `?? ${name}`).toSorted(),
    );
    await rm(join(checkout, "deep"), { recursive: true });
    await rm(join(checkout, ".opencode"), { recursive: true });
    expect((await readdir(checkout)).toSorted()).toEqual([".git", "README.md"]);
    expect(await status(checkout)).toBe("");
  });
});

describe("git's exclude file", () => {
  it("gets each line once, at its end", async () => {
    const { checkout, commonDir } = await checkoutOf("clone");
    const path = join(commonDir, "info/exclude");
    await writeFile(path, "mine");
    hideFromGit(checkout, ["a"], "first");
    hideFromGit(checkout, ["a", "b"], "second");
    hideFromGit(checkout, ["a", "b"], "third");
    expect(await readFile(path, "utf8")).toBe("mine\n# first\n/a\n# second\n/b\n");
  });

  it("is created when a clone has none", async () => {
    const { checkout, commonDir } = await checkoutOf("clone");
    await rm(join(commonDir, "info"), { recursive: true });
    expect(hideFromGit(checkout, ["a"], "ours").id).toBe("hidden");
    await writeFile(join(checkout, "a"), "");
    expect(await status(checkout)).toBe("");
  });

  it("is not written when a hook has replaced it by a pipe, a link or a folder", async () => {
    const { folder, checkout, commonDir } = await checkoutOf("clone");
    const outside = join(folder, "outside");
    await writeFile(outside, "theirs\n");
    const path = join(commonDir, "info/exclude");
    const place = async (make: () => unknown) => {
      await rm(path, { recursive: true });
      await make();
      return hideFromGit(checkout, ["a"], "ours");
    };
    const no = (why: string) => ({ id: "refused", path, why });
    expect(await place(() => execFileSync("mkfifo", [path]))).toEqual(no("is not a regular file"));
    expect(await place(() => mkdir(path))).toEqual(no("is not a regular file"));
    expect(await place(() => symlink(outside, path))).toEqual(no("is a symbolic link"));
    const big = "#".repeat(2 * 1024 * 1024);
    expect(await place(() => writeFile(path, big))).toEqual(no("is larger than 1048576 bytes"));
    expect(await readFile(outside, "utf8")).toBe("theirs\n");

    await rm(join(commonDir, "info"), { recursive: true });
    await symlink(folder, join(commonDir, "info"));
    expect(hideFromGit(checkout, ["a"], "ours").id).toBe("refused");
    expect(await readdir(folder)).not.toContain("exclude");
  });

  it("is not written where a hook has led .git to another repository", async () => {
    const { folder, checkout, gitDir } = await checkoutOf("clone");
    const other = join(folder, "other");
    await git(folder, "clone", "--quiet", checkout, other);
    const before = await readFile(join(other, ".git/info/exclude"), "utf8");
    await writeFile(join(gitDir, "commondir"), `${join(other, ".git")}\n`);
    expect(hideFromGit(checkout, ["a"], "ours").id).toBe("refused");
    await rm(gitDir, { recursive: true });
    await writeFile(gitDir, `gitdir: ${join(other, ".git")}\n`);
    expect(hideFromGit(checkout, ["a"], "ours").id).toBe("refused");
    expect(await readFile(join(other, ".git/info/exclude"), "utf8")).toBe(before);
  });

  it("does not exist outside of a checkout", async () => {
    expect(hideFromGit(await scratchFolder(), ["a"], "ours")).toEqual({ id: "no-checkout" });
  });
});
