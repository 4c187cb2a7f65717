import { mkdir, rm } from "node:fs/promises";
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

/**
 * A bare repository, for others to clone and fetch. Its commits are made without a work tree: by one process where `git push` and
 * what it starts are a dozen, for each of hundreds of tests.
 */
export class Origin {
  readonly path: string;
  readonly #folder: string;
  /** The last commit that was made, whatever its branch. */
  #last: string | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "origin.git");
  }

  static async create(folder: string, files: Files): Promise<Origin> {
    await mkdir(folder, { recursive: true });
    const origin = new Origin(folder);
    await git(folder, "init", "--quiet", "--bare", "--initial-branch=main", origin.path);
    await origin.commit("main", files);
    return origin;
  }

  /** Adds files in a commit after the last one, and makes it the branch's. @returns its hash */
  async commit(branch: string, files: Files): Promise<string> {
    const seconds = Math.floor(Date.now() / 1000);
    const input = [
      `commit refs/heads/${branch}\nmark :1\ncommitter Test <test@example.org> ${seconds} +0000\n`,
      "data 9\na commit\n",
      this.#last === null ? "" : `from ${this.#last}\n`,
      ...Object.entries(files).map(([path, content]) => {
        const { text, mode } =
          typeof content === "string" ? { text: content, mode: 0o644 } : content;
        const kind = (mode & 0o100) === 0 ? "100644" : "100755";
        return `M ${kind} inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
      }),
      "\nget-mark :1\n",
    ].join("");
    const options = { cwd: this.path, env: gitEnv, input };
    const { stdout } = await execa("git", ["fast-import", "--quiet", "--force"], options);
    this.#last = stdout;
    return stdout;
  }

  head(branch: string): Promise<string> {
    return git(this.path, "rev-parse", `refs/heads/${branch}`);
  }

  /** Replaces a branch's last commit by another, as a force push does. */
  async rewrite(branch: string, files: Files): Promise<void> {
    this.#last = await git(this.path, "rev-parse", `refs/heads/${branch}~1`);
    await this.commit(branch, files);
  }

  async deleteBranch(branch: string): Promise<void> {
    await git(this.path, "update-ref", "-d", `refs/heads/${branch}`);
  }

  async addSubmodule(branch: string, url: string, path: string): Promise<void> {
    const allowed = ["-c", "protocol.file.allow=always"];
    await this.#commitInTree(branch, (tree) =>
      git(tree, ...allowed, "submodule", "--quiet", "add", url, path),
    );
  }

  /** Commits that a submodule is at its own remote's newest commit. */
  async updateSubmodule(branch: string, path: string): Promise<void> {
    const allowed = ["-c", "protocol.file.allow=always"];
    await this.#commitInTree(branch, (tree) =>
      git(tree, ...allowed, "submodule", "--quiet", "update", "--init", "--remote", path),
    );
  }

  /** Commits files with git-lfs and uploads their contents. */
  async commitWithLfs(branch: string, files: Files): Promise<void> {
    await this.#commitInTree(branch, async (tree) => {
      await git(tree, "lfs", "install", "--local");
      await git(tree, "lfs", "track", ...Object.keys(files));
      await writeFiles(tree, files);
    });
  }

  /** Makes a checkout of `main`, like the one that an image carries. */
  async clone(to: string): Promise<void> {
    await mkdir(dirname(to), { recursive: true });
    await git(dirname(to), "clone", "--quiet", "--branch=main", this.path, to);
  }

  /** For what git itself does only in a work tree. */
  async #commitInTree(branch: string, change: (tree: string) => Promise<unknown>): Promise<void> {
    const tree = join(this.#folder, "origin-work");
    await git(this.#folder, "clone", "--quiet", "--no-checkout", this.path, tree);
    await git(tree, "checkout", "--quiet", "-B", branch, this.#last ?? "HEAD");
    await change(tree);
    await git(tree, "add", "--all");
    await git(tree, "commit", "--quiet", "-m", "a commit");
    await git(tree, "push", "--quiet", "--force", "origin", branch);
    this.#last = await git(tree, "rev-parse", "HEAD");
    await rm(tree, { recursive: true });
  }
}
