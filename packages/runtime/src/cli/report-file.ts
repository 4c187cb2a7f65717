import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Failed } from "../base/failed.ts";
import { causeOf } from "../base/failed.ts";
import { foundText } from "../base/system-error-text.ts";
import { badInput } from "../config/errors.ts";
import type { BootReport } from "../protocol/index.ts";

/** The file that `--report` names. Whoever reads it finds a whole report, an older one or none. */
export class ReportFile {
  readonly path: string;
  /** A pipe or a device takes what it is given for good: it gets the first one only. */
  #takesMore = true;

  /**
   * Makes the folders that it lies in.
   *
   * @throws Failed `bad-input` when it cannot be written there: one should not have booted to learn it.
   */
  constructor(file: string) {
    this.path = resolve(file);
    try {
      assertWritable(this.path);
    } catch (error) {
      throw notWritable(error, this.path);
    }
  }

  /** @throws Failed `bad-input` when it cannot be written there, as on a disk that is full by now. */
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
    await mkdir(dirname(this.path), { recursive: true });
    const there = await stat(this.path).catch(() => null);
    this.#takesMore = there === null || there.isFile();
    if (this.#takesMore) await replaceFile(await followed(this.path), text);
    else await writeFile(this.path, text);
  }
}

function assertWritable(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) throw new Error(`a folder, ${path}`);
  accessSync(there === undefined ? folder : path, constants.W_OK);
}

function notWritable(error: unknown, path: string): Failed {
  const [key, expected] = ["--report", "a file that can be written"];
  const found = foundText(causeOf(error, path));
  return badInput({ source: "command line", key, expected, found });
}

/** What a link leads to is what is meant to change. */
async function followed(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}

async function replaceFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.new`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, path);
  } catch {
    // A file that is mounted by itself cannot be replaced, and its folder may be another's.
    await rm(unfinished, { force: true }).catch(() => {});
    await writeFile(path, text);
  }
}
