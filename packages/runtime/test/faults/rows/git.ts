import { chmod, chown, mkdir, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { FILES_ALLOWED, git, Origin, writeFiles } from "../../support/git.ts";
import { pipeAt } from "../pipe.ts";
import { fatal, type Row, ready } from "../row.ts";
import type { World } from "../world.ts";

const commitIn = async (folder: string, file: string): Promise<string> => {
  await writeFiles(folder, { [file]: "mine\n" });
  await git(folder, "add", "--all");
  await git(folder, "commit", "--quiet", "-m", file);
  return git(folder, "rev-parse", "HEAD");
};

const refsWith = (folder: string, sha: string) =>
  git(folder, "for-each-ref", "--format=%(refname)", `--contains=${sha}`);

const onBranch = (branch: string) => (world: World) => ({
  repositories: [{ name: "demo", url: world.origin.path, branch }],
});

/** Boots once, does something in the checkout, and lets the remote move on. */
const betweenBoots = (change: (world: World) => Promise<unknown>) => async (world: World) => {
  world.run.signal("SIGTERM");
  await world.run.ended();
  await change(world);
  const again = await world.boot();
  await again.until("boot.ready");
};

const READ_ONLY =
  'mount --bind "$CHECKOUT" "$CHECKOUT" && mount -o remount,bind,ro "$CHECKOUT" && exec "$@"';

/** What is wrong with a checkout or its remote. */
export const gitRows: readonly Row[] = [
  {
    fault: "a remote that is not there, and no checkout",
    files: {},
    config: ({ folder }) => ({ repositories: [{ name: "demo", url: join(folder, "none.git") }] }),
    end: fatal("git-failed"),
  },
  {
    fault: "a remote that is not there, and a checkout",
    files: {},
    checkout: true,
    before: (world) => rm(world.origin.path, { recursive: true }),
    end: ready("git-failed"),
  },
  {
    fault: "a branch that is not there",
    isLong: true,
    files: {},
    config: onBranch("none"),
    end: fatal("git-failed", /none/),
  },
  {
    fault: "a remote whose URL has credentials, and does not answer",
    files: {},
    config: () => ({
      repositories: [{ name: "demo", url: "http://user:fault-secret-3f1c@127.0.0.1:9/demo.git" }],
    }),
    end: fatal("git-failed"),
  },
  {
    fault: "a file in the place of the checkout",
    files: {},
    before: async (world) => {
      await mkdir(world.workspace, { recursive: true });
      await writeFile(world.checkout, "");
    },
    end: fatal("system-error", /demo/),
  },
  {
    fault: "other files in the place of the checkout",
    isLong: true,
    files: {},
    before: (world) => writeFiles(world.checkout, { "notes.txt": "mine\n" }),
    end: fatal("git-failed", /demo/),
  },
  {
    fault: "a broken .git within a repository, which is not to be mistaken for the checkout",
    files: {},
    checkout: true,
    before: async (world) => {
      await git(world.workspace, "init", "--quiet", "--initial-branch=outer");
      await git(world.workspace, "commit", "--quiet", "--allow-empty", "-m", "outer");
      await rm(join(world.checkout, ".git/HEAD"));
      await world.origin.commit("main", { "new.txt": "new\n" });
    },
    after: async ({ workspace }) => {
      expect(await git(workspace, "symbolic-ref", "HEAD")).toBe("refs/heads/outer");
      expect(await git(workspace, "log", "--format=%s", "outer")).toBe("outer");
    },
    end: fatal("git-failed"),
  },
  {
    fault: "a commit in the checkout, and a remote that moved on",
    files: {},
    checkout: true,
    before: async (world) => {
      await commitIn(world.checkout, "mine.txt");
      await world.origin.commit("main", { "theirs.txt": "theirs\n" });
    },
    after: async ({ checkout }) => {
      const kept = await git(checkout, "for-each-ref", "--format=%(objectname)", "refs/sandboot");
      expect(await git(checkout, "log", "--format=%s", ...kept.split("\n"))).toContain("mine.txt");
    },
    end: ready("commits-kept"),
  },
  {
    fault: "a commit that a fresh boot finds when it boots again",
    isLong: true,
    files: {},
    whenReady: betweenBoots(async (world) => {
      await commitIn(world.checkout, "mine.txt");
      await world.origin.commit("main", { "theirs.txt": "theirs\n" });
    }),
    end: ready("commits-kept"),
  },
  {
    fault: "a commit that is not pushed",
    isLong: true,
    files: {},
    checkout: true,
    before: (world) => commitIn(world.checkout, "mine.txt"),
    after: async ({ checkout }) => {
      expect(await git(checkout, "log", "-1", "--format=%s")).toBe("mine.txt");
    },
    end: ready("commits-unpushed"),
  },
  {
    fault: "a commit on no branch",
    isLong: true,
    files: {},
    checkout: true,
    before: async (world) => {
      await git(world.checkout, "checkout", "--quiet", "--detach");
      const mine = await commitIn(world.checkout, "mine.txt");
      await world.origin.commit("main", { "theirs.txt": "theirs\n" });
      world.defer(async () => expect(await refsWith(world.checkout, mine)).not.toBe(""));
    },
    end: ready("commits-kept"),
  },
  {
    fault: "changes in the checkout that nobody has committed",
    files: {},
    checkout: true,
    before: async (world) => {
      await writeFiles(world.checkout, { "README.md": "# Mine\n", "new.txt": "mine\n" });
      await world.origin.commit("main", { "theirs.txt": "theirs\n" });
    },
    after: async ({ checkout }) => {
      expect(await git(checkout, "status", "--porcelain")).toBe(" M README.md\n?? new.txt");
    },
    end: ready(),
  },
  {
    fault: "a checkout that nobody may write to, and a remote that moved on",
    files: {},
    checkout: true,
    before: (world) => world.origin.commit("main", { "new.txt": "new\n" }),
    env: ({ checkout }) => ({ CHECKOUT: checkout }),
    under: ["unshare", "--mount", "bash", "-c", READ_ONLY, "bash"],
    end: ready("system-error"),
  },
  {
    fault: "a runtime that was killed while it checked out submodules",
    isLong: true,
    files: {},
    before: async (world) => {
      const inner = await Origin.create(join(world.folder, "inner"), { "a.txt": "a\n" });
      await world.origin.addSubmodule("main", inner.path, "inner");
    },
    config: ({ origin }) => ({
      repositories: [{ name: "demo", url: origin.path, branch: "main", submodules: true }],
    }),
    env: () => FILES_ALLOWED,
    whenReady: betweenBoots(async ({ checkout }) => {
      await rm(join(checkout, "inner/a.txt"));
      await writeFile(join(checkout, ".git/sandboot-submodules"), "");
    }),
    after: async ({ checkout }) =>
      expect(await readdir(join(checkout, "inner"))).toContain("a.txt"),
    end: ready("checkout-repaired"),
  },
  {
    fault: "a merge that nobody has ended",
    isLong: true,
    files: {},
    checkout: true,
    before: async (world) => {
      await git(world.checkout, "checkout", "--quiet", "-b", "side");
      await commitIn(world.checkout, "side.txt");
      await git(world.checkout, "checkout", "--quiet", "main");
      await commitIn(world.checkout, "mine.txt");
      await git(world.checkout, "merge", "--quiet", "--no-commit", "side");
      await world.origin.commit("main", { "theirs.txt": "theirs\n" });
    },
    end: ready("commits-kept", "git-failed"),
  },
  {
    fault: "a pipe in the place of .git/info/exclude",
    files: {},
    checkout: true,
    before: ({ checkout }) => pipeAt(join(checkout, ".git/info/exclude")),
    end: fatal("git-failed", /exclude/),
  },
  {
    fault: "a pipe in the place of .git/HEAD",
    files: {},
    checkout: true,
    before: ({ checkout }) => pipeAt(join(checkout, ".git/HEAD")),
    end: fatal("git-failed"),
  },
  {
    fault: "a pipe in the place of a .gitattributes further down",
    isLong: true,
    files: { "src/a.txt": "a\n" },
    checkout: true,
    before: async (world) => {
      await pipeAt(join(world.checkout, "src/.gitattributes"));
      await world.origin.commit("main", { "src/a.txt": "b\n" });
    },
    end: fatal("git-failed", /src\/\.gitattributes/),
  },
  {
    fault: "a lock that a killed git left",
    files: {},
    checkout: true,
    before: async (world) => {
      await writeFile(join(world.checkout, ".git/index.lock"), "");
      await world.origin.commit("main", { "new.txt": "new\n" });
    },
    end: ready("stale-lock-removed"),
  },
  {
    fault: "an empty index",
    files: {},
    checkout: true,
    before: async (world) => {
      await truncate(join(world.checkout, ".git/index"));
      await world.origin.commit("main", { "new.txt": "new\n" });
    },
    end: ready("index-repaired"),
  },
  {
    fault: "the remains of a clone that was killed",
    files: {},
    before: async (world) => {
      await mkdir(world.checkout, { recursive: true });
      await git(world.checkout, "init", "--quiet");
    },
    end: ready(),
  },
  {
    fault: "an image on feature, for a boot of feature/x",
    isLong: true,
    files: {},
    checkout: true,
    before: async (world) => {
      await world.origin.commit("feature", { "f.txt": "f\n" });
      await git(world.checkout, "fetch", "--quiet");
      await git(world.checkout, "checkout", "--quiet", "feature");
      await world.origin.deleteBranch("feature");
      await world.origin.commit("feature/x", { "x.txt": "x\n" });
    },
    config: onBranch("feature/x"),
    after: async ({ checkout }) => {
      expect(await git(checkout, "symbolic-ref", "--short", "HEAD")).toBe("feature/x");
    },
    end: ready("ref-gave-way"),
  },
  {
    fault: "a local branch claude, for a boot of claude/fix",
    isLong: true,
    files: {},
    checkout: true,
    before: async (world) => {
      await git(world.checkout, "branch", "claude");
      await world.origin.commit("claude/fix", { "x.txt": "x\n" });
    },
    config: onBranch("claude/fix"),
    end: ready("ref-gave-way"),
  },
  {
    fault: "a checkout of another user",
    files: {},
    checkout: true,
    before: async (world) => {
      await world.origin.commit("main", { "new.txt": "new\n" });
      const names = await readdir(world.workspace, { recursive: true });
      for (const name of ["", ...names]) await chown(join(world.workspace, name), 12_345, 0);
    },
    after: async ({ checkout }) => expect(await readdir(checkout)).toContain("new.txt"),
    end: ready(),
  },
  {
    fault: "hooks and a file system monitor in the checkout, which would run and see credentials",
    files: {},
    checkout: true,
    before: async (world) => {
      const spy = join(world.folder, "spy");
      await writeFile(spy, `#!/bin/sh\necho ran >> ${join(world.folder, "spied")}\nexit 1\n`);
      await chmod(spy, 0o755);
      await git(world.checkout, "config", "core.hooksPath", ".husky");
      await git(world.checkout, "config", "core.fsmonitor", spy);
      await git(world.checkout, "config", "core.sshCommand", spy);
      const hook = { text: `#!/bin/sh\nexec ${spy}\n`, mode: 0o755 };
      for (const name of ["post-checkout", "post-merge", "reference-transaction"]) {
        await writeFiles(world.checkout, {
          [`.husky/${name}`]: hook,
          [`.git/hooks/${name}`]: hook,
        });
      }
      await world.origin.commit("main", { "new.txt": "new\n" });
    },
    after: async ({ folder, checkout }) => {
      expect(await readdir(folder)).not.toContain("spied");
      expect(await readdir(checkout)).toContain("new.txt");
    },
    end: ready(),
  },
  {
    fault: "a post-checkout that hangs",
    isLong: true,
    files: {},
    checkout: true,
    before: async (world) => {
      const hook = { text: "#!/bin/sh\nexec sleep 1000\n", mode: 0o755 };
      await writeFiles(world.checkout, { ".git/hooks/post-checkout": hook });
      await world.origin.commit("main", { "new.txt": "new\n" });
    },
    end: ready(),
  },
  {
    fault: "git-lfs in the user's configuration, and a repository that nobody asked to get lfs for",
    files: { ".gitattributes": "*.bin filter=lfs\n", "a.bin": "a\n" },
    before: (world) =>
      writeFile(
        join(world.home, ".gitconfig"),
        '[filter "lfs"]\n\tsmudge = false\n\tprocess = false\n\trequired = true\n',
      ),
    end: ready(),
  },
  {
    fault: "two repositories of the same name",
    files: {},
    before: async (world) => {
      const { path } = world.origin;
      for (const owner of ["acme", "forks"]) {
        await git(world.folder, "clone", "--quiet", "--bare", path, join(owner, "api.git"));
      }
    },
    env: ({ folder }) => ({
      VCS_HOST: "git.example",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `url.${folder}/.insteadOf`,
      GIT_CONFIG_VALUE_0: "https://git.example/",
      SESSION_CONFIG: JSON.stringify({
        repositories: [
          { repo_owner: "acme", repo_name: "api" },
          { repo_owner: "forks", repo_name: "api" },
        ],
      }),
    }),
    end: ready(),
  },
  {
    fault: "a setting in the checkout that nothing can be set over",
    files: {},
    checkout: true,
    before: async (world) => {
      await git(world.checkout, "config", "remote.origin.uploadpack", "/no/such/program");
      await world.origin.commit("main", { "new.txt": "new\n" });
    },
    end: ready("setting-removed"),
  },
];
