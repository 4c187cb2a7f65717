import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Setting } from "../../config/git-env.ts";
import { git } from "./git.ts";
import type { InCheckout } from "./keep.ts";

/** Makes the checkout skip the downloads, one per file. One `lfs pull` at the end fetches all objects. */
export const LFS_LATER: Readonly<Record<string, string>> = { GIT_LFS_SKIP_SMUDGE: "1" };

/**
 * The filters that git uses for LFS files. Without `lfs` in the config they do nothing, also where the user's configuration
 * has git-lfs installed: pointer files stay, and no server is asked. With it they are git-lfs's own, whatever the checkout's
 * configuration says (C12).
 */
export function lfsFilters(lfs: boolean): readonly Setting[] {
  return lfs
    ? [
        ["filter.lfs.clean", "git-lfs clean -- %f"],
        ["filter.lfs.smudge", "git-lfs smudge -- %f"],
        ["filter.lfs.process", "git-lfs filter-process"],
      ]
    : [
        ["filter.lfs.clean", ""],
        ["filter.lfs.smudge", ""],
        ["filter.lfs.process", ""],
        ["filter.lfs.required", "false"],
      ];
}

/**
 * Downloads the objects of a checkout and replaces the pointer files by them.
 *
 * With every command git-lfs installs its hooks where `core.hooksPath` says. During the pull that is a folder of ours, so
 * that no hook of the repository runs and the tree stays as it is (C1, C12). At the end they are put into the git folder,
 * where the agent needs them: when it pushes, one of them uploads the objects.
 *
 * @param secret - The credentials; only the pull gets them.
 */
export async function pullLfs(
  remote: string,
  { submodules }: { readonly submodules: boolean },
  secret: readonly Setting[],
  inside: InCheckout,
): Promise<void> {
  const { commonDir } = inside.checkout;
  // Installs the filters. Without them git would report every file as changed.
  await git("lfs install", INSTALL, inside);
  const aside = join(commonDir, "sandboot-lfs-hooks");
  try {
    await rm(aside, { recursive: true, force: true });
    await mkdir(aside, { mode: 0o700 });
    const settings: Setting[] = [
      ...(inside.settings ?? []),
      ["core.hooksPath", aside],
      // From the same URL as the fetch. A named remote, because git-lfs supports paths and `insteadOf` for remotes, but not
      // for a bare URL.
      [`remote.${REMOTE}.url`, remote],
      ...secret,
    ];
    await git("lfs pull", ["lfs", "pull", REMOTE], { ...inside, settings });
    if (submodules) {
      const each = `git ${INSTALL.join(" ")} && git lfs pull`;
      const args = ["submodule", "--quiet", "foreach", "--recursive", each];
      await git("lfs pull", args, { ...inside, settings });
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  const hooks: Setting = ["core.hooksPath", join(commonDir, "hooks")];
  const settings = [...(inside.settings ?? []), hooks];
  const { onLine: _, ...quiet } = inside;
  // It refuses where the user has hooks of that name; those are then the user's to combine.
  await git("lfs update", ["lfs", "update"], { ...quiet, settings }).catch(() => {});
}

/** The remote's name, which only this one command knows. */
const REMOTE = "sandboot";

const INSTALL = ["lfs", "install", "--local", "--skip-repo"] as const;
