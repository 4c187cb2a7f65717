import { createHash } from "node:crypto";
import { closeSync, readSync, rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { failedWith } from "../../base/failed.ts";
import { openFile } from "../../base/text-file.ts";
import type { PhaseWarning } from "../../base/warning.ts";
import { git } from "./git.ts";
import { type InCheckout, keepCommit, quiet } from "./keep.ts";
import { readHead, readRef, refsInTheWayOf, textOf } from "./refs.ts";

type Warn = (warning: PhaseWarning) => void;

/** The shortest index that git can read: its header and its checksum. */
const SHORTEST_INDEX_BYTES = 32;

/** Some 40,000 files. To hash a longer one here would take too long. */
const MOST_CHECKED_BYTES = 4 * 1024 * 1024;

/**
 * Makes an index again that a power loss or a full disk left empty or cut off: git would refuse for ever. It is made from
 * HEAD, so that changed files still count as changed.
 */
export async function repairIndex(inside: InCheckout, warn: Warn): Promise<void> {
  if (isDamagedIndex(join(inside.checkout.gitDir, "index"))) await remakeIndex(inside, warn);
}

/**
 * Does the work, and once more when it failed over an index that git cannot read to its end: with an index of which a part is
 * missing nothing works. Only git itself can tell, so it is asked after a failure.
 */
export async function withReadableIndex(
  work: () => Promise<void>,
  inside: InCheckout,
  warn: Warn,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    // A path that no index has: git reads all of it, and says nothing.
    const look = git("ls-files", ["ls-files", "--", ".git"], quiet(inside));
    const isReadable = await look.then(
      () => true,
      (why: unknown) => !isExit(why),
    );
    if (isReadable) throw error;
    await remakeIndex(inside, warn);
    await work();
  }
}

function isExit(error: unknown): boolean {
  return failedWith(error, "git-failed") && error.value.problem === "exited";
}

async function remakeIndex(inside: InCheckout, warn: Warn): Promise<void> {
  const path = join(inside.checkout.gitDir, "index");
  const aside = `${path}.damaged`;
  await rename(path, aside);
  if (readHead(inside.checkout.path)?.sha != null) {
    await git("read-tree", ["read-tree", "HEAD"], quiet(inside));
  }
  warn({ code: "index-repaired", checkout: inside.checkout.path, aside });
}

function isDamagedIndex(path: string): boolean {
  try {
    const file = openFile(path);
    if (file.id !== "open") return file.id === "unfit";
    try {
      const { size } = file.stat;
      if (size < SHORTEST_INDEX_BYTES) return true;
      const bytes = Buffer.alloc(size <= MOST_CHECKED_BYTES ? size : SHORTEST_INDEX_BYTES);
      readSync(file.fd, bytes, 0, bytes.length, 0);
      if (bytes.toString("latin1", 0, 4) !== "DIRC") return true;
      return bytes.length === size && !endsWithChecksum(bytes);
    } finally {
      closeSync(file.fd);
    }
  } catch {
    return false;
  }
}

/**
 * git does not look at it, and takes a short index that was cut off for what its zeros say.
 *
 * @see https://git-scm.com/docs/index-format
 */
function endsWithChecksum(index: Buffer): boolean {
  return [
    ["sha1", 20],
    ["sha256", 32],
  ].some(([name, length]) => {
    const end = index.length - Number(length);
    const checksum = index.subarray(end);
    // `index.skipHash`
    if (checksum.every((byte) => byte === 0)) return true;
    return createHash(String(name)).update(index.subarray(0, end)).digest().equals(checksum);
  });
}

/**
 * Makes a ref writable again whose file is empty or holds no commit. A branch gets the commit back that its log has last; a
 * remote's branch is simply fetched again.
 */
export async function repairRef(ref: string, inside: InCheckout, warn: Warn): Promise<void> {
  const { path, commonDir } = inside.checkout;
  const file = join(commonDir, ref);
  const text = textOf(file);
  if (text === null || text.startsWith("ref: ") || readRef(path, ref) !== null) return;
  await rm(file, { force: true });
  const last = textOf(join(commonDir, "logs", ref))
    ?.trimEnd()
    .split("\n")
    .at(-1)
    ?.split(" ")[1];
  const found = last !== undefined && (await isCommit(last, inside)) ? last : null;
  if (found !== null) await git("update-ref", ["update-ref", ref, found], quiet(inside));
  warn({ code: "ref-repaired", checkout: path, ref, sha: found });
}

async function isCommit(sha: string, inside: InCheckout): Promise<boolean> {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)) return false;
  return git("cat-file", ["cat-file", "-e", `${sha}^{commit}`], quiet(inside)).then(
    () => true,
    () => false,
  );
}

/**
 * Moves refs out of the way whose names cannot exist beside `ref` (`feature` beside `feature/x`). Their commits are kept
 * under refs that the warning names (C11).
 */
export async function clearTheWay(ref: string, inside: InCheckout, warn: Warn): Promise<void> {
  const { path, commonDir } = inside.checkout;
  for (const other of refsInTheWayOf(ref, commonDir)) {
    const sha = readRef(path, other);
    const head = readHead(path);
    if (sha !== null) {
      const kept = await keepCommit(other.replace(/^refs\/(?:heads|remotes)\//, ""), sha, inside);
      // HEAD must not stand on a branch that is gone.
      if (`refs/heads/${head?.branch}` === other) {
        await git("update-ref", ["update-ref", "--no-deref", "HEAD", sha], quiet(inside));
      }
      warn({ code: "ref-gave-way", checkout: path, ref: other, to: ref, kept });
    }
    await git("update-ref", ["update-ref", "--no-deref", "-d", other], quiet(inside)).catch(() =>
      rmSync(join(commonDir, other), { force: true }),
    );
  }
}
