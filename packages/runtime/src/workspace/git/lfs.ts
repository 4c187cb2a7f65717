import { join } from "node:path";
import { configEnv } from "./config-env.ts";
import { type GitOptions, git } from "./git.ts";
import { commonDirOf, gitDirOf } from "./git-dirs.ts";

/** One pull of all objects at the end, and not a download a file during the checkout. */
export const LFS_LATER: Readonly<Record<string, string>> = { GIT_LFS_SKIP_SMUDGE: "1" };

/**
 * Whatever git-lfs does, as a filter of a checkout, too, it puts its hooks where `core.hooksPath` says. Where that is a
 * folder of the working tree (husky), they would be ours, in the repository's tree (C1): so for us it is the git folder's.
 * There the agent needs them, because one of them uploads what it pushes.
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

/** Fetches what the files of this checkout stand for, and puts it in their place. */
export async function pullLfs(
  remote: string,
  { submodules }: { readonly submodules: boolean },
  inside: GitOptions,
): Promise<void> {
  // The filters, or git would take every file for changed.
  await git("lfs install", INSTALL, inside);
  const quiet = await withHooksInGitDir(inside);
  // From where the config says, as the fetch was. By a name, because what git-lfs makes of a remote (a path,
  // `insteadOf`), it does not make of a bare URL.
  const env = { ...quiet.env, ...configEnv(`remote.${REMOTE}.url`, remote, quiet.env) };
  await git("lfs pull", ["lfs", "pull", REMOTE], { ...quiet, env });
  if (submodules) {
    const each = `git ${INSTALL.join(" ")} && git lfs pull`;
    await git("lfs pull", ["submodule", "--quiet", "foreach", "--recursive", each], inside);
  }
}

/** Known to one command alone. */
const REMOTE = "sandboot";

const INSTALL = ["lfs", "install", "--local", "--skip-repo"] as const;
