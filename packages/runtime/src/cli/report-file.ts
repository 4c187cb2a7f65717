import { accessSync, constants, statSync } from "node:fs";
import { open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Failed } from "../base/failed.ts";
import { causeOf } from "../base/failed.ts";
import { makeFolder } from "../base/folder.ts";
import { foundText } from "../base/system-error-text.ts";
import { badInput } from "../config/errors.ts";
import type { BootReport } from "../protocol/index.ts";

/** The file that `--report` names. A reader finds a whole report, an older one or none. */
export class ReportFile {
  readonly path: string;
  readonly #patienceMs: number;
  /** False after a write to a pipe or a device: what is written there cannot be replaced. */
  #takesMore = true;

  /**
   * Creates the folders above the file.
   *
   * @param patienceMs - How long the reader of a pipe may take.
   * @throws Failed `bad-input` when the file cannot be written, so that this is known before the boot.
   */
  constructor(file: string, patienceMs = 5_000) {
    this.path = resolve(file);
    this.#patienceMs = patienceMs;
    try {
      assertWritable(this.path);
    } catch (error) {
      throw notWritable(error, this.path);
    }
  }

  /** @throws Failed `bad-input` when the file cannot be written, e.g. because the disk is full by now. */
  async write(report: BootReport): Promise<void> {
    if (!this.#takesMore) return;
    try {
      await this.#put(report);
    } catch (error) {
      throw notWritable(error, this.path);
    }
  }

  async #put(report: BootReport): Promise<void> {
    const text = `${JSON.stringify(report, null, 2)}\n`;
    makeFolder(dirname(this.path));
    const there = await stat(this.path).catch(() => null);
    this.#takesMore = there === null || there.isFile();
    if (!this.#takesMore || !(await replaceFile(await followed(this.path), text))) {
      await writeInPlace(this.path, text, this.#patienceMs);
    }
  }
}

/** Between two tries to write into a pipe, in milliseconds. */
const LOOK_AGAIN_MS = 20;

/**
 * Writes to what is there: a device, a pipe, or a file that cannot be replaced. Blocks no thread at a pipe, which a hook may
 * have put in the place of the file: a thread that waits would keep this process from ending.
 *
 * @throws Error also when nobody reads.
 */
async function writeInPlace(path: string, text: string, patienceMs: number): Promise<void> {
  const { O_CREAT, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
  const endMs = performance.now() + patienceMs;
  const file = await orLater("ENXIO", endMs, () =>
    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK),
  );
  try {
    for (let rest = Buffer.from(text); rest.length > 0; ) {
      const { bytesWritten } = await orLater("EAGAIN", endMs, () => file.write(rest));
      rest = rest.subarray(bytesWritten);
    }
  } finally {
    await file.close();
  }
}

/** Tries again, until `endMs`, while a pipe has no reader, or is full. */
async function orLater<T>(
  code: "EAGAIN" | "ENXIO",
  endMs: number,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== code) throw error;
      if (performance.now() > endMs) throw new Error("a pipe that nobody reads");
      await delay(LOOK_AGAIN_MS);
    }
  }
}

function assertWritable(path: string): void {
  const folder = dirname(path);
  makeFolder(folder);
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) throw new Error(`a folder, ${path}`);
  accessSync(there === undefined ? folder : path, constants.W_OK);
}

function notWritable(error: unknown, path: string): Failed {
  const [key, expected] = ["--report", "a file that can be written"];
  const found = foundText(causeOf(error, path));
  return badInput({ source: "command line", key, expected, found });
}

/** The target of a link: that file is replaced, not the link. */
async function followed(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}

/** @returns false when the file cannot be replaced. */
async function replaceFile(path: string, text: string): Promise<boolean> {
  const unfinished = `${path}.new`;
  try {
    // A link that somebody has put there is not followed.
    await rm(unfinished, { force: true });
    await writeFile(unfinished, text, { flag: "wx" });
    await rename(unfinished, path);
    return true;
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    // In place, the old report would be gone before the new one turns out not to fit.
    if (HAS_NO_ROOM.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    // A file that is itself a mount point cannot be replaced, and its folder may not be writable.
    return false;
  }
}

const HAS_NO_ROOM: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EIO"]);
