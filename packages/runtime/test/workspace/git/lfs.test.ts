import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa, execaSync } from "execa";
import { describe, expect, it } from "vitest";
import { LfsStore } from "../../fixtures/lfs-store.ts";
import { FILES_ALLOWED, git, Origin } from "../../support/git.ts";
import { startGitServer } from "../../support/git-http.ts";
import { failureOf, SyncBench } from "../../support/sync.ts";

const hasLfs = execaSync("git", ["lfs", "version"], { reject: false }).exitCode === 0;

/** git-lfs supports a local remote only by a `file:` URL, and not by a plain path. */
const urlOf = ({ path }: Origin) => pathToFileURL(path).href;

describe.skipIf(!hasLfs)("LFS (skipped without git-lfs)", () => {
  it("is pulled when the config asks for it", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commitWithLfs("main", { "big.bin": "the real content\n" });
    const url = urlOf(bench.origin);
    const big = join(bench.checkout, "big.bin");
    await bench.sync({ url });
    expect(await readFile(big, "utf8")).toContain("version https://git-lfs.github.com/spec");
    const { steps } = await bench.sync({ url, lfs: true });
    expect(steps).toEqual(["fetch", "lfs"]);
    expect(await readFile(big, "utf8")).toBe("the real content\n");
    expect(await git(bench.checkout, "status", "--porcelain")).toBe("");
  });

  it("is pulled from the config's URL, whatever remote the image's checkout has", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commitWithLfs("main", { "big.bin": "the real content\n" });
    const url = urlOf(bench.origin);
    await bench.sync({ url });
    await git(bench.checkout, "remote", "set-url", "origin", "file:///nowhere");
    await bench.sync({ url, lfs: true });
    expect(await readFile(join(bench.checkout, "big.bin"), "utf8")).toBe("the real content\n");
  });

  it("is uploaded by an ordinary push of the agent, and pulled by the next sandbox", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commitWithLfs("main", { "big.bin": "the first content\n" });
    const url = urlOf(bench.origin);
    await bench.sync({ url, lfs: true });
    await writeFile(join(bench.checkout, "big.bin"), "the agent's content\n");
    await git(bench.checkout, "commit", "--quiet", "--all", "-m", "by the agent");
    await git(bench.checkout, "push", "--quiet", "origin", "main");

    const next = join(bench.folder, "workspace/next");
    const { sha } = await bench.sync({ url, lfs: true, path: next });
    expect(sha).toBe(await git(bench.checkout, "rev-parse", "HEAD"));
    expect(await readFile(join(next, "big.bin"), "utf8")).toBe("the agent's content\n");
  });

  it("is pulled with the credentials in the URL and pushed with the agent's, and no output shows either", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commitWithLfs("main", { "big.bin": "the real content\n" });
    await git(bench.origin.path, "config", "http.receivepack", "true");
    const store = new LfsStore();
    const objects = join(bench.origin.path, "lfs/objects");
    for (const { name, parentPath } of await readdir(objects, {
      recursive: true,
      withFileTypes: true,
    })) {
      if (name.length === 64) store.objects.set(name, await readFile(join(parentPath, name)));
    }
    const server = await startGitServer(bench.folder, "x-access-token:s3cr3t-t0ken", {
      lfs: store,
    });
    const withUser = (user: string) => `${server.origin.replace("://", `://${user}@`)}/origin.git`;

    const trace = join(bench.folder, "trace");
    const url = withUser("x-access-token:s3cr3t-t0ken");
    await bench.sync({ url, lfs: true }, { env: { GIT_TRACE: trace } });
    const big = join(bench.checkout, "big.bin");
    expect(await readFile(big, "utf8")).toBe("the real content\n");
    const config = await readFile(join(bench.checkout, ".git/config"), "utf8");
    const traced = await readFile(trace, "utf8");
    for (const text of [config, traced, bench.lines.join("\n")])
      expect(text).not.toContain("s3cr3t");

    await writeFile(big, "the agent's content\n");
    await git(bench.checkout, "commit", "--quiet", "--all", "-m", "by the agent");
    await git(bench.checkout, "push", "--quiet", url, "main");
    expect([...store.objects.values()].map(String)).toContain("the agent's content\n");
  });

  it("does not change a hooks folder in the tree (C1), neither by a checkout nor by a pull", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commitWithLfs("main", { "big.bin": "first\n" });
    const url = urlOf(bench.origin);
    await bench.sync({ url, lfs: true });
    await git(bench.checkout, "config", "core.hooksPath", ".husky");
    await bench.origin.commitWithLfs("main", { "big.bin": "second\n" });
    expect((await bench.sync({ url, lfs: true })).steps).toEqual(["fetch", "checkout", "lfs"]);
    expect(await readFile(join(bench.checkout, "big.bin"), "utf8")).toBe("second\n");
    expect(await readdir(bench.checkout)).not.toContain(".husky");
  });

  it.each(["fresh", "repo_image"] as const)("is pulled in submodules, in mode %s", async (mode) => {
    const bench = await SyncBench.create();
    const inner = await Origin.create(join(bench.folder, "inner"), { "inner.txt": "inner\n" });
    await inner.commitWithLfs("main", { "inner.bin": "the inner content\n" });
    await bench.origin.addSubmodule("main", urlOf(inner), "inner");
    const repository = { url: urlOf(bench.origin), submodules: true, lfs: true };
    if (mode === "repo_image") await bench.sync({}, { env: FILES_ALLOWED });
    await bench.origin.commitWithLfs("main", { "outer.bin": "the outer content\n" });

    const { steps } = await bench.sync(repository, { mode, env: FILES_ALLOWED });
    const first = mode === "fresh" ? ["clone"] : ["fetch", "checkout"];
    expect(steps).toEqual([...first, "submodules", "lfs"]);
    const read = (file: string) => readFile(join(bench.checkout, file), "utf8");
    expect(await read("outer.bin")).toBe("the outer content\n");
    expect(await read("inner/inner.bin")).toBe("the inner content\n");
    expect(await git(bench.checkout, "status", "--porcelain")).toBe("");

    // A program that the submodule's own configuration names does not run (C12).
    const ran = join(bench.folder, "ran");
    const place = join(bench.checkout, "inner");
    await git(place, "config", "lfs.standalonetransferagent", "x");
    await git(place, "config", "lfs.customtransfer.x.path", "sh");
    await git(place, "config", "lfs.customtransfer.x.args", `-c 'echo ran > ${ran}'`);
    await inner.commit("main", { "inner.bin": "another content\n" });
    await bench.origin.updateSubmodule("main", "inner");
    await bench.sync(repository, { mode, env: FILES_ALLOWED }).catch(() => {});
    expect(existsSync(ran)).toBe(false);
  });
});

describe("LFS without git-lfs", () => {
  it("fails with the program to install", async () => {
    const bench = await SyncBench.create();
    // A PATH that has git and nothing else.
    const bin = join(bench.folder, "bin");
    await mkdir(bin);
    const { stdout } = await execa("which", ["git"]);
    await execa("ln", ["-s", stdout, join(bin, "git")]);
    const execPath = join(bench.folder, "exec-path");
    await execa("cp", ["-rs", (await execa("git", ["--exec-path"])).stdout, execPath]);
    await rm(join(execPath, "git-lfs"), { force: true });
    const env = { PATH: bin, GIT_EXEC_PATH: execPath };
    const { hint } = await failureOf(bench.sync({ lfs: true }, { env }));
    expect(hint).toContain("install git-lfs");
    // git would take an alias of that name for it.
    const ran = join(bench.folder, "ran");
    await git(bench.checkout, "config", "alias.lfs", `!echo ran > ${ran}`);
    expect((await failureOf(bench.sync({ lfs: true }, { env }))).code).toBe("git-failed");
    expect(existsSync(ran)).toBe(false);
  });
});
