import { existsSync } from "node:fs";
import { chown, cp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FILES_ALLOWED, git, Origin, writeFiles } from "../support/git.ts";
import { startGitServer } from "../support/git-http.ts";
import { serve } from "../support/serve.ts";
import { failureOf, SyncBench } from "../support/sync.ts";

const SECRET = "s3cr3t-t0ken";

describe("C12: git acts on the repository that it is meant for", () => {
  async function nested() {
    const bench = await SyncBench.create();
    const parent = join(bench.folder, "workspace");
    await bench.origin.clone(parent);
    await bench.sync();
    const before = await git(parent, "rev-parse", "HEAD");
    await bench.origin.commit("main", { "new.txt": "new\n" });
    const untouched = async () => {
      expect(await git(parent, "rev-parse", "HEAD")).toBe(before);
      expect(await git(parent, "reflog", "--format=%H")).toBe(before);
    };
    return { bench, untouched };
  }

  it.each(["HEAD", "objects", "refs"])(
    "a checkout whose .git has no %s is refused, and the repository above is left alone",
    async (part) => {
      const { bench, untouched } = await nested();
      await rm(join(bench.checkout, ".git", part), { recursive: true });
      const failure = await failureOf(bench.sync());
      expect(failure).toMatchObject({ code: "git-failed", fatal: true });
      expect(failure.message).toContain(`${bench.checkout}/.git is damaged`);
      await untouched();
    },
  );

  it.each([
    ["an empty file", async (path: string) => writeFile(path, "")],
    ["a file that leads nowhere", async (path: string) => writeFile(path, "gitdir: /nowhere\n")],
    ["a link that leads nowhere", async (path: string) => symlink("/nowhere", path)],
  ])("a .git that is %s is refused", async (_, make) => {
    const { bench, untouched } = await nested();
    await rm(join(bench.checkout, ".git"), { recursive: true });
    await make(join(bench.checkout, ".git"));
    expect(await failureOf(bench.sync())).toMatchObject({ code: "git-failed", fatal: true });
    await untouched();
  });

  it("a .git that is empty, or leads to a bare repository, is refused", async () => {
    const bench = await SyncBench.create();
    const bare = join(bench.folder, "bare.git");
    await git(bench.folder, "clone", "--quiet", "--bare", bench.origin.path, bare);
    const before = await git(bare, "for-each-ref");
    await bench.sync();
    await writeFile(join(bench.checkout, ".git/HEAD"), "");
    expect((await failureOf(bench.sync())).message).toContain(`${bench.checkout}/.git is damaged`);
    await bench.origin.commit("main", { "newer.txt": "newer\n" });
    await rm(join(bench.checkout, ".git"), { recursive: true });
    await writeFile(join(bench.checkout, ".git"), `gitdir: ${bare}\n`);
    const failure = await failureOf(bench.sync());
    expect(failure.message).toContain(`the repository of ${bare}`);
    expect(await git(bare, "for-each-ref")).toBe(before);
  });

  it.each([
    ["a file", (path: string, to: string) => writeFile(path, `gitdir: ${to}\n`)],
    ["a link", (path: string, to: string) => symlink(to, path)],
  ])("a .git that leads to another checkout by %s is refused", async (_, make) => {
    const { bench } = await nested();
    const other = join(bench.folder, "other");
    await bench.origin.clone(other);
    const before = await git(other, "rev-parse", "HEAD");
    await bench.origin.commit("main", { "newer.txt": "newer\n" });
    await rm(join(bench.checkout, ".git"), { recursive: true });
    await make(join(bench.checkout, ".git"), join(other, ".git"));
    const failure = await failureOf(bench.sync());
    expect(failure.message).toContain(`the repository of ${other}`);
    expect(await git(other, "rev-parse", "HEAD")).toBe(before);
  });

  it("core.worktree of the checkout does not lead elsewhere", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    const other = join(bench.folder, "other");
    await writeFiles(other, { "README.md": "mine\n" });
    await git(bench.checkout, "config", "core.worktree", other);
    await bench.origin.commit("main", { "README.md": "# New\n" });
    await bench.sync();
    expect(await readFile(join(other, "README.md"), "utf8")).toBe("mine\n");
    expect(await readFile(join(bench.checkout, "README.md"), "utf8")).toBe("# New\n");
  });

  it("a linked worktree and a submodule's own checkout are synced as they are", async () => {
    const bench = await SyncBench.create();
    const main = join(bench.folder, "main");
    await bench.origin.clone(main);
    await git(main, "worktree", "add", "--quiet", "-b", "side", bench.checkout);
    const sha = await bench.origin.commit("side", { "side.txt": "side\n" });
    expect(await bench.sync({ branch: "side" })).toMatchObject({ branch: "side", sha });
  });

  it.runIf(process.getuid?.() === 0)(
    "a checkout of another owner is trusted: it is the configured one",
    async () => {
      const bench = await SyncBench.create();
      await bench.sync();
      const sha = await bench.origin.commit("main", { "new.txt": "new\n" });
      for (const path of [bench.checkout, join(bench.checkout, ".git")]) {
        await chown(path, 12345, 0);
      }
      expect((await bench.sync()).sha).toBe(sha);
    },
  );
});

describe("C12: no program of the repository runs while it is synced, and none sees the credentials", () => {
  /** A program that notes that it ran, and what it saw. */
  async function spyOf(bench: SyncBench) {
    const seen = join(bench.folder, "seen");
    const path = join(bench.folder, "spy");
    await writeFiles(bench.folder, {
      spy: { text: `#!/bin/sh\n{ echo "$0 $*"; env; } >> ${seen}\ncat\nexit 0\n`, mode: 0o755 },
    });
    return { path, seen };
  }

  const PLANTED: readonly (readonly [string, string])[] = [
    ["core.fsmonitor", "SPY"],
    ["core.hooksPath", ".husky"],
    ["core.sshCommand", "SPY"],
    ["core.askPass", "SPY"],
    ["core.gitProxy", "SPY"],
    ["core.alternateRefsCommand", "SPY"],
    ["credential.helper", "!SPY"],
    ["filter.x.smudge", "SPY"],
    ["filter.x.process", "SPY"],
    ["filter.x.clean", "SPY"],
    ["filter.lfs.smudge", "SPY"],
    ["filter.lfs.process", "SPY"],
    ["diff.external", "SPY"],
    ["diff.x.textconv", "SPY"],
    ["merge.x.driver", "SPY"],
    ["protocol.ext.allow", "always"],
    ["remote.origin.uploadpack", "SPY"],
    ["submodule.inner.update", "!SPY"],
    ["http.proxy", "http://127.0.0.1:1"],
  ];

  it("neither hooks nor what the checkout's configuration names", async () => {
    const bench = await SyncBench.create();
    const server = await startGitServer(bench.folder, `x-access-token:${SECRET}`);
    const url = `${server.origin.replace("://", `://x-access-token:${SECRET}@`)}/origin.git`;
    const inner = await Origin.create(join(bench.folder, "inner"), { "inner.txt": "inner\n" });
    await bench.origin.addSubmodule("main", inner.path, "inner");
    await bench.origin.commit("main", {
      ".gitattributes": "*.txt filter=x diff=x merge=x\n*.bin filter=lfs\n",
      "a.txt": "a\n",
      "b.bin": "b\n",
    });
    await bench.sync({ url, submodules: true }, { env: FILES_ALLOWED });
    const spy = await spyOf(bench);
    for (const [key, value] of PLANTED) {
      await git(bench.checkout, "config", key, value.replace("SPY", spy.path));
      // An empty smudge filter is refused by git itself; the others are planted in the submodule, too.
      if (!key.startsWith("submodule.")) {
        await git(join(bench.checkout, "inner"), "config", key, value.replace("SPY", spy.path));
      }
    }
    // Behind a value that is longer than a line of output may be.
    await git(bench.checkout, "config", "user.name", "n".repeat(70_000));
    await git(bench.checkout, "config", "filter.x.clean", spy.path);
    await git(bench.checkout, "config", "filter.z.smudge", spy.path);
    // By way of another file, too.
    await writeFile(join(bench.folder, "more"), `[filter "y"]\n\tsmudge = ${spy.path}\n`);
    await git(bench.checkout, "config", "include.path", join(bench.folder, "more"));
    const hooks = ["post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change"];
    for (const folder of [".git/hooks", ".husky", ".git/modules/inner/hooks"]) {
      for (const hook of hooks) {
        await mkdir(join(bench.checkout, folder), { recursive: true });
        await symlink(spy.path, join(bench.checkout, folder, hook)).catch(() => {});
      }
    }
    await rm(spy.seen, { force: true });
    await bench.origin.commit("main", {
      ".gitattributes":
        "*.txt filter=x diff=x merge=x\n*.bin filter=lfs\n*.y filter=y\n*.z filter=z\n",
      "a.txt": "A\n",
      "b.bin": "B\n",
      "c.y": "c\n",
      "d.z": "d\n",
    });
    await inner.commit("main", { "inner.txt": "INNER\n" });
    await bench.origin.updateSubmodule("main", "inner");

    const { steps } = await bench.sync({ url, submodules: true }, { env: FILES_ALLOWED });
    expect(steps).toEqual(["fetch", "checkout", "submodules"]);
    expect(await readFile(join(bench.checkout, "a.txt"), "utf8")).toBe("A\n");
    expect(await readFile(join(bench.checkout, "inner/inner.txt"), "utf8")).toBe("INNER\n");
    expect(existsSync(spy.seen) ? await readFile(spy.seen, "utf8") : "").toBe("");
  });

  it("nor what a repository's configuration names that was put in a submodule's place", async () => {
    const bench = await SyncBench.create();
    const inner = await Origin.create(join(bench.folder, "inner"), {
      ".gitattributes": "*.txt filter=x\n",
      "inner.txt": "inner\n",
    });
    await bench.origin.addSubmodule("main", inner.path, "inner");
    const sync = () => bench.sync({ submodules: true }, { env: FILES_ALLOWED });
    await sync();
    const spy = await spyOf(bench);
    const gitDir = join(bench.checkout, ".git/modules/inner");
    const place = join(bench.checkout, "inner");
    const move = async () => {
      await inner.commit("main", { "inner.txt": `${Math.random()}\n` });
      await bench.origin.updateSubmodule("main", "inner");
    };
    const seen = async () => (existsSync(spy.seen) ? await readFile(spy.seen, "utf8") : "");

    // By a configuration that names its working tree in another file.
    const config = join(gitDir, "config");
    await writeFiles(bench.folder, {
      more: `[core]\n\tworktree = ../../../inner\n[filter "x"]\n\tsmudge = ${spy.path}\n`,
    });
    await git(bench.checkout, "config", "--file", config, "--unset", "core.worktree");
    await git(
      bench.checkout,
      "config",
      "--file",
      config,
      "include.path",
      join(bench.folder, "more"),
    );
    await move();
    await sync();
    expect(await seen()).toBe("");

    // By a repository in the submodule's own folder.
    await rm(join(place, ".git"));
    await cp(gitDir, join(place, ".git"), { recursive: true });
    await move();
    await sync();
    expect(await seen()).toBe("");

    // By a repository elsewhere: nothing leads there.
    const evil = join(bench.folder, "evil.git");
    await rename(join(place, ".git"), evil);
    await writeFile(join(place, ".git"), `gitdir: ${evil}\n`);
    await move();
    const failure = await failureOf(sync());
    expect(failure).toMatchObject({ code: "git-failed", fatal: true });
    expect(failure.message).toContain(`leads out of the repository, to ${evil}`);
    expect(await seen()).toBe("");
  });

  it("the credentials reach no other server by a redirect, and a repository that moved on its own is found", async () => {
    const bench = await SyncBench.create();
    const heard: (string | undefined)[] = [];
    const thief = createServer((request, response) => {
      heard.push(request.headers.authorization);
      // As a server that has the repository, so that git goes on.
      const body = "001e# service=git-upload-pack\n0000";
      const type = "application/x-git-upload-pack-advertisement";
      response.writeHead(200, { "content-type": type }).end(body);
    });
    const elsewhere = `http://localhost:${await serve(thief)}`;
    const server = await startGitServer(bench.folder, `x:${SECRET}`, {
      moved: { "/elsewhere.git": `${elsewhere}/origin.git`, "/former.git": "/origin.git" },
    });
    const origin = server.origin.replace("://", `://x:${SECRET}@`);
    const failure = await failureOf(bench.sync({ url: `${origin}/elsewhere.git` }));
    expect(failure.hint).toContain("has moved");
    expect(heard).toEqual([]);
    const sha = await bench.origin.head("main");
    expect(await bench.sync({ url: `${origin}/former.git` })).toMatchObject({ sha });
    const config = await readFile(join(bench.checkout, ".git/config"), "utf8");
    expect(config).not.toContain(SECRET);
  });

  it("the credentials reach no filter of the user's configuration either", async () => {
    const bench = await SyncBench.create();
    const server = await startGitServer(bench.folder, `x-access-token:${SECRET}`);
    const url = `${server.origin.replace("://", `://x-access-token:${SECRET}@`)}/origin.git`;
    const spy = await spyOf(bench);
    await writeFiles(join(bench.folder, "home"), {
      ".gitconfig": `[filter "x"]\n\tsmudge = ${spy.path}\n`,
    });
    await bench.origin.commit("main", { ".gitattributes": "*.txt filter=x\n", "a.txt": "a\n" });
    for (const step of ["clone", "fetch"]) {
      expect((await bench.sync({ url })).steps).toContain(step);
      await bench.origin.commit("main", { "a.txt": "changed\n" });
    }
    const seen = await readFile(spy.seen, "utf8");
    const basic = Buffer.from(`x-access-token:${SECRET}`).toString("base64");
    expect(seen).not.toContain(basic);
    expect(seen).not.toContain(SECRET);
  });

  it("git-lfs of the user's configuration asks no server when the config does not want it", async () => {
    const bench = await SyncBench.create();
    const spy = await spyOf(bench);
    await writeFiles(join(bench.folder, "home"), {
      ".gitconfig": `[filter "lfs"]\n\tsmudge = ${spy.path}\n\tprocess = ${spy.path}\n\trequired = true\n`,
    });
    await bench.origin.commit("main", { ".gitattributes": "*.bin filter=lfs\n", "b.bin": "b\n" });
    await bench.sync();
    expect(await readFile(join(bench.checkout, "b.bin"), "utf8")).toBe("b\n");
    expect(existsSync(spy.seen)).toBe(false);
  });

  it("a post-checkout that hangs or fails keeps no checkout from ending", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    await writeFiles(bench.checkout, {
      ".git/hooks/post-checkout": { text: "#!/bin/sh\nsleep 1000\n", mode: 0o755 },
    });
    const sha = await bench.origin.commit("main", { "new.txt": "new\n" });
    expect((await bench.sync()).sha).toBe(sha);
  });
});
