import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { type Files, writeFiles } from "../../../../test/support/files.ts";

export { type Files, writeFiles };

/** Makes git independent of the machine's own configuration. */
const gitEnv = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.org",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.org",
};

export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa("git", args, { cwd, env: gitEnv });
  return stdout;
}

/** Environment that lets git clone submodules from a local path or `file:` URL. By default git refuses. */
export const FILES_ALLOWED: Readonly<Record<string, string>> = {
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "protocol.file.allow",
  GIT_CONFIG_VALUE_0: "always",
};

/** A bare repository, for others to clone and fetch. */
export class Origin {
  readonly path: string;
  readonly #work: string;

  private constructor(path: string, work: string) {
    this.path = path;
    this.#work = work;
  }

  static async create(folder: string, files: Files): Promise<Origin> {
    const path = join(folder, "origin.git");
    const work = join(folder, "origin-work");
    await mkdir(work, { recursive: true });
    await git(folder, "init", "--quiet", "--bare", "--initial-branch=main", path);
    await git(work, "init", "--quiet", "--initial-branch=main");
    await git(work, "remote", "add", "origin", path);
    const origin = new Origin(path, work);
    await origin.commit("main", files);
    return origin;
  }

  /** Adds a commit to a branch and publishes it. A new branch starts at the current one. */
  async commit(branch: string, files: Files): Promise<string> {
    await git(this.#work, "checkout", "--quiet", "-B", branch);
    await writeFiles(this.#work, files);
    await git(this.#work, "add", "--all");
    await git(this.#work, "commit", "--quiet", "--allow-empty", "-m", "a commit");
    await git(this.#work, "push", "--quiet", "--force", "origin", branch);
    return git(this.#work, "rev-parse", "HEAD");
  }

  head(branch: string): Promise<string> {
    return git(this.path, "rev-parse", `refs/heads/${branch}`);
  }

  /** Replaces a branch's last commit by another, as a force push does. */
  async rewrite(branch: string, files: Files): Promise<void> {
    await git(this.#work, "checkout", "--quiet", branch);
    await git(this.#work, "reset", "--quiet", "--hard", "HEAD~1");
    await this.commit(branch, files);
  }

  async deleteBranch(branch: string): Promise<void> {
    await git(this.path, "update-ref", "-d", `refs/heads/${branch}`);
    // Its name is free again, also for the start of another one.
    await git(this.#work, "checkout", "--quiet", "--detach");
    await git(this.#work, "update-ref", "-d", `refs/heads/${branch}`);
    await git(this.#work, "update-ref", "-d", `refs/remotes/origin/${branch}`);
  }

  async addSubmodule(branch: string, url: string, path: string): Promise<void> {
    const allowed = ["-c", "protocol.file.allow=always"];
    await git(this.#work, ...allowed, "submodule", "--quiet", "add", url, path);
    await this.commit(branch, {});
  }

  /** Commits that a submodule is at its own remote's newest commit. */
  async updateSubmodule(branch: string, path: string): Promise<void> {
    await git(this.#work, "checkout", "--quiet", "-B", branch);
    const allowed = ["-c", "protocol.file.allow=always"];
    await git(join(this.#work, path), ...allowed, "fetch", "--quiet", "origin");
    await git(join(this.#work, path), "checkout", "--quiet", "origin/main");
    await this.commit(branch, {});
  }

  /** Commits files with git-lfs and uploads their contents. */
  async commitWithLfs(branch: string, files: Files): Promise<void> {
    await git(this.#work, "lfs", "install", "--local");
    await git(this.#work, "lfs", "track", ...Object.keys(files));
    await this.commit(branch, files);
  }

  /** Makes a checkout of `main`, like the one that an image carries. */
  async clone(to: string): Promise<void> {
    await mkdir(dirname(to), { recursive: true });
    await git(dirname(to), "clone", "--quiet", "--branch=main", this.path, to);
  }
}
