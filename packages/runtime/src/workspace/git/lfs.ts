import { join } from "node:path";
import { configEnv } from "./config-env.ts";
import { type GitOptions, git } from "./git.ts";
import { commonDirOf, gitDirOf } from "./git-dirs.ts";

/** Makes the checkout skip the downloads, one per file. One `lfs pull` at the end fetches all objects. */
export const LFS_LATER: Readonly<Record<string, string>> = { GIT_LFS_SKIP_SMUDGE: "1" };

/**
 * Makes git-lfs put its hooks into the git folder. With every command, also as a filter of a checkout, git-lfs installs its
 * hooks where `core.hooksPath` says. When that is a folder of the working tree (husky), the boot would change the tree (C1).
 * The hooks are needed all the same: when the agent pushes, one of them uploads the objects.
 */
export async function withHooksInGitDir(options: GitOptions): Promise<GitOptions> {
  const gitDir = gitDirOf(options.cwd);
  if (gitDir === null) return options;
  const hooks = join(commonDirOf(gitDir), "hooks");
  return {
    ...options,
    env: { ...options.env, ...configEnv("core.hooksPath", hooks, options.env) },
  };
}

/** Downloads the objects of a checkout and replaces the pointer files by them. */
export async function pullLfs(
  remote: string,
  { submodules }: { readonly submodules: boolean },
  inside: GitOptions,
): Promise<void> {
  // Installs the filters. Without them git would report every file as changed.
  await git("lfs install", INSTALL, inside);
  const quiet = await withHooksInGitDir(inside);
  // From the same URL as the fetch. A named remote, because git-lfs supports paths and `insteadOf` for remotes, but not for
  // a bare URL.
  const env = { ...quiet.env, ...configEnv(`remote.${REMOTE}.url`, remote, quiet.env) };
  await git("lfs pull", ["lfs", "pull", REMOTE], { ...quiet, env });
  if (submodules) {
    const each = `git ${INSTALL.join(" ")} && git lfs pull`;
    await git("lfs pull", ["submodule", "--quiet", "foreach", "--recursive", each], inside);
  }
}

/** The remote's name, which only this one command knows. */
const REMOTE = "sandboot";

const INSTALL = ["lfs", "install", "--local", "--skip-repo"] as const;
