import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { Failed } from "../../base/failed.ts";
import type { PhaseWarning } from "../../base/warning.ts";
import type { Setting } from "../../config/git-env.ts";
import type { Checkout } from "./checkout-folder.ts";
import { fatal, git } from "./git.ts";
import { type InCheckout, keepDetached, keepFiles, quiet } from "./keep.ts";
import { neutralSettings } from "./own-config.ts";
import { readHead, textOf } from "./refs.ts";
import { removeStaleLocks } from "./stale-locks.ts";
import { refuseTraps } from "./traps.ts";
import { writeFresh } from "./write-fresh.ts";

/** Lies in the superproject's git folder while its submodules are checked out: a later boot that finds it repairs them. */
const MARK = "sandboot-submodules";

/**
 * Checks out all submodules at the commits that the superproject names, with the guarantees of the superproject: what was
 * cut off is repaired, no commit and no file is lost (C11), and no program of theirs runs (C12).
 *
 * @param secret - The credentials; submodules are fetched and checked out by one git, which gets them.
 * @throws Failed, which is `fatal` when submodules may be incomplete.
 */
export async function updateSubmodules(
  secret: readonly Setting[],
  inside: InCheckout,
  warn: (warning: PhaseWarning) => void,
): Promise<void> {
  const { checkout } = inside;
  const mark = join(checkout.gitDir, MARK);
  const cutOff = existsSync(mark);
  const settings = [...(inside.settings ?? [])];
  for (const submodule of submodulesOf(checkout)) {
    const within: InCheckout = { ...inside, checkout: submodule, cwd: submodule.path };
    if (!existsSync(join(submodule.gitDir, "index"))) {
      // Its clone was killed before anything was checked out, and git would take it for a clone.
      if (cutOff) await rm(submodule.gitDir, { recursive: true, force: true });
      continue;
    }
    refuseTraps(submodule);
    for (const lock of await removeStaleLocks(submodule.path, null)) {
      warn({ code: "stale-lock-removed", lock });
    }
    settings.push(...(await neutralSettings(submodule, within, warn)));
    const head = readHead(submodule.path);
    if (head !== null) await keepDetached(head, within, warn);
    if (cutOff) await keepChanges(within, warn);
  }
  const force = cutOff ? ["--force"] : [];
  const args = ["submodule", "update", "--init", "--recursive", "--checkout", ...force];
  await writeFresh(mark);
  try {
    await git("submodule update", args, { ...inside, settings: [...settings, ...secret] });
    await verify(inside);
  } catch (error) {
    throw fatal(error);
  }
  await rm(mark, { force: true });
}

async function keepChanges(inside: InCheckout, warn: (warning: PhaseWarning) => void) {
  const why = "sandboot: before a checkout that was cut off was repaired";
  const { path } = inside.checkout;
  const { stashed, ref } = await keepFiles("HEAD", why, inside);
  warn({ code: "checkout-repaired", checkout: path, stashed, ref });
}

/** Whether every submodule is where the superproject wants it, whatever exit code its checkout had. */
async function verify(inside: InCheckout): Promise<void> {
  const lines = await git(
    "submodule status",
    ["submodule", "status", "--recursive"],
    quiet(inside),
  );
  const wrong = lines.find((line) => /^[+U]/.test(line));
  if (wrong === undefined) return;
  const [sha = "", name = ""] = wrong.slice(1).split(" ");
  const checkout = resolve(inside.checkout.path, name);
  throw new Failed({ code: "git-failed", problem: "not-checked-out", checkout, branch: null, sha });
}

/** The submodules that are there already, and theirs. Their git folders lie below the superproject's `modules`. */
function submodulesOf({ commonDir, path }: Checkout): Checkout[] {
  const modules = join(commonDir, "modules");
  return gitFoldersBelow(modules).flatMap((gitDir) => {
    const worktree = /^\s*worktree\s*=\s*(.+?)\s*$/im.exec(
      textOf(join(gitDir, "config")) ?? "",
    )?.[1];
    if (worktree === undefined) return [];
    const place = resolve(gitDir, worktree.replaceAll('"', ""));
    // One that lies elsewhere is not a submodule of this checkout.
    if (relative(path, place).startsWith("..") || !existsSync(dirname(place))) return [];
    return [{ path: place, gitDir, commonDir: gitDir }];
  });
}

function gitFoldersBelow(folder: string, depth = 0): string[] {
  if (depth > 16) return [];
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(folder, name);
    return existsSync(join(path, "HEAD"))
      ? [path, ...gitFoldersBelow(join(path, "modules"), depth + 1)]
      : gitFoldersBelow(path, depth + 1);
  });
}
