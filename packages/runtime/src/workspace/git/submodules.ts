import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { Failed } from "../../base/failed.ts";
import type { PhaseWarning } from "../../base/warning.ts";
import type { Setting } from "../../config/git-env.ts";
import { refusalOf } from "./checkout.ts";
import type { Checkout } from "./checkout-folder.ts";
import { fatal, git } from "./git.ts";
import { type InCheckout, keepDetached, quiet } from "./keep.ts";
import { keepFiles, refuseUnwritten } from "./keep-files.ts";
import { operationIn, refuseDuringOperation } from "./operation.ts";
import { neutralSettings } from "./own-config.ts";
import { readHead } from "./refs.ts";
import { repairIndex, withReadableIndex } from "./repair.ts";
import { removeStaleLocks } from "./stale-locks.ts";
import { gitFoldersOf, submodulesOf } from "./submodule-folders.ts";
import { refuseTraps } from "./traps.ts";
import { writeFresh } from "./write-fresh.ts";

type Warn = (warning: PhaseWarning) => void;

/** Lies in the superproject's git folder while its submodules are checked out: a later boot that finds it repairs them. */
const MARK = "sandboot-submodules";

/**
 * Checks out all submodules at the commits that the superproject names, with the guarantees of the superproject: what was
 * cut off is repaired, no commit and no file is lost (C11), and no program of theirs runs (C12).
 *
 * @param secret - The credentials; submodules are fetched and checked out by one git, which gets them.
 * @returns The settings that keep git from starting programs in them.
 * @throws Failed, which is `fatal` when submodules may be incomplete.
 */
export async function updateSubmodules(
  secret: readonly Setting[],
  inside: InCheckout,
  warn: Warn,
): Promise<readonly Setting[]> {
  const { checkout } = inside;
  const mark = join(checkout.gitDir, MARK);
  const cutOff = existsSync(mark);
  const before = await submodulesOf(inside);
  const neutral: Setting[] = [];
  for (const { gitDir, path } of gitFoldersOf(checkout, before)) {
    const folder: Checkout = { path, gitDir, commonDir: gitDir };
    refuseTraps(folder);
    neutral.push(...(await neutralSettings(folder, within(inside, folder), warn)));
  }
  const settings = [...(inside.settings ?? []), ...neutral];
  const all: InCheckout = { ...inside, settings };
  if (!cutOff) await refuseDuringOperations(before, all);
  const heads = new Map<string, string | null>();
  for (const submodule of before) {
    await prepare(within(all, submodule), cutOff, warn);
    heads.set(submodule.path, readHead(submodule.path)?.sha ?? null);
  }
  const said: string[] = [];
  const onLine: InCheckout["onLine"] = (stream, line) => {
    if (stream === "stderr") said.push(line);
    inside.onLine?.(stream, line);
  };
  const force = cutOff ? ["--force"] : [];
  const args = ["submodule", "update", "--init", "--recursive", "--checkout", ...force];
  await writeFresh(mark);
  try {
    await git("submodule update", args, { ...all, settings: [...settings, ...secret], onLine });
    await verify(all);
    if (said.length > 0) await verifyFiles(heads, said.slice(-20), all);
  } catch (error) {
    // Its exit code is that of the checkout in a submodule.
    const refusal = cutOff ? null : refusalOf(error);
    if (refusal === null) throw fatal(error);
    await verifyFiles(heads, said.slice(-20), all);
    await rm(mark, { force: true });
    throw refusal;
  }
  await rm(mark, { force: true });
  return neutral;
}

function within(inside: InCheckout, checkout: Checkout): InCheckout {
  return { ...inside, checkout, cwd: checkout.path };
}

/** As for the superproject: a submodule stays in the middle of a merge, unless its commit is the wanted one already. */
async function refuseDuringOperations(
  submodules: readonly Checkout[],
  inside: InCheckout,
): Promise<void> {
  const busy = submodules.filter((submodule) => operationIn(submodule) !== null);
  if (busy.length === 0) return;
  const lines = await statusOf(inside);
  for (const submodule of busy) {
    const name = relative(inside.checkout.path, submodule.path);
    const isWanted = lines.some((line) => line.startsWith(" ") && line.split(" ")[2] === name);
    if (!isWanted) refuseDuringOperation(submodule);
  }
}

/** Makes a submodule fit for a checkout, and keeps what that would drop. */
async function prepare(inside: InCheckout, cutOff: boolean, warn: Warn): Promise<void> {
  const { checkout } = inside;
  const { path, gitDir } = checkout;
  for (const lock of await removeStaleLocks(checkout)) warn({ code: "stale-lock-removed", lock });
  if (!existsSync(join(gitDir, "index")) && cutOff) {
    // Its clone was killed before there was a commit, and git would take it for a clone.
    if (!(await hasCommit(inside))) return rm(gitDir, { recursive: true, force: true });
    // Without an index, git would take nothing there for work. When nothing is there, it makes one itself.
    if (readdirSync(path).every((name) => name === ".git")) return;
    await git("read-tree", ["read-tree", "HEAD"], quiet(inside));
  }
  await repairIndex(inside, warn);
  const head = readHead(path);
  if (head !== null) await keepDetached(head, inside, warn);
  if (!cutOff || !existsSync(join(gitDir, "index"))) return;
  await withReadableIndex(() => keepChanges(inside, warn), inside, warn);
}

async function hasCommit(inside: InCheckout): Promise<boolean> {
  return git("cat-file", ["cat-file", "-e", "HEAD^{commit}"], quiet(inside)).then(
    () => true,
    () => false,
  );
}

async function keepChanges(inside: InCheckout, warn: Warn) {
  const why = "sandboot: before a checkout that was cut off was repaired";
  const { path } = inside.checkout;
  const { stashed, ref } = await keepFiles("HEAD", why, inside);
  warn({ code: "checkout-repaired", checkout: path, stashed, ref });
}

/** Whether every submodule is where the superproject wants it, whatever exit code its checkout had. */
async function verify(inside: InCheckout): Promise<void> {
  const wrong = (await statusOf(inside)).find((line) => /^[+U]/.test(line));
  if (wrong === undefined) return;
  const [sha = "", name = ""] = wrong.slice(1).split(" ");
  const checkout = resolve(inside.checkout.path, name);
  throw new Failed({ code: "git-failed", problem: "not-checked-out", checkout, branch: null, sha });
}

/** Whether git could write all files of those that it moved. */
async function verifyFiles(
  heads: ReadonlyMap<string, string | null>,
  outputTail: readonly string[],
  inside: InCheckout,
): Promise<void> {
  for (const submodule of await submodulesOf(inside)) {
    const before = heads.get(submodule.path) ?? null;
    const sha = readHead(submodule.path)?.sha ?? null;
    if (sha === null || sha === before) continue;
    await refuseUnwritten(before, sha, outputTail, within(inside, submodule));
  }
}

function statusOf(inside: InCheckout): Promise<readonly string[]> {
  return git("submodule status", ["submodule", "status", "--recursive"], quiet(inside));
}
