import { readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { failedWith } from "../../base/failed.ts";
import { makeFolder } from "../../base/folder.ts";
import { randomId } from "../../base/random.ts";
import type { BootReport } from "../../protocol/index.ts";
import { readReport } from "../read-report.ts";

/** A recorded boot and its file. */
export interface RecordedBoot {
  readonly path: string;
  readonly report: BootReport;
}

const NAME = /^\d{8}T\d{9}Z-[\w-]+\.json$/;

/** Files that are being written, or were when their process was killed. */
const UNFINISHED = /^\.\d{8}T\d{9}Z-[\w-]+\.tmp$/;

/** Writing takes milliseconds: an unfinished file of this age is one that a killed process left. */
const ABANDONED_MS = 60_000;

/**
 * Records one boot and removes the oldest ones beyond `keep`. A file is written under another name and then renamed, so
 * it is never there in part.
 *
 * @param folder - `<stateDir>/history`; made when it is missing.
 * @returns The file's path.
 * @throws Error of node:fs.
 */
export async function recordBoot(
  folder: string,
  report: BootReport,
  { keep }: { readonly keep: number },
): Promise<string> {
  makeFolder(folder, 0o700);
  const path = join(folder, `${placeOf(report)}-${randomId().slice(0, 8)}.json`);
  await replaceRecord(path, report);
  await forgetOldest(folder, keep);
  return path;
}

/**
 * Replaces the record of a boot by a later report of it.
 *
 * @param path - From {@link recordBoot}.
 * @throws Error of node:fs.
 */
export async function replaceRecord(path: string, report: BootReport): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path, ".json")}.tmp`);
  await writeFile(unfinished, `${JSON.stringify(report)}\n`, { mode: 0o600 });
  await rename(unfinished, path);
}

/**
 * The recorded boots, oldest first. Files that are no report are left out.
 *
 * @throws Error of node:fs when the folder exists and cannot be read.
 */
export async function readHistory(folder: string): Promise<readonly RecordedBoot[]> {
  const boots: RecordedBoot[] = [];
  for await (const boot of eachBoot(folder)) boots.push(boot);
  return boots;
}

/**
 * The recorded boots, oldest first, each read when it is asked for. Files that are no report are left out. Reading a
 * report takes milliseconds of the main thread, so that other work gets its turn before each (C13).
 *
 * @throws Error of node:fs when the folder exists and cannot be read.
 */
export async function* eachBoot(folder: string): AsyncGenerator<RecordedBoot> {
  for (const name of await namesIn(folder)) {
    await setImmediate();
    const path = join(folder, name);
    try {
      yield { path, report: await readReport(path) };
    } catch (error) {
      // The file is damaged, or another boot has just removed it.
      if (!failedWith(error, "report-unreadable")) throw error;
    }
  }
}

/** Begins a file's name: the start of the process, and the end after it, because a seed and its adopt have one start. */
function placeOf({ startedAt, phases, adopt }: BootReport): string {
  const endMs = Math.max(0, adopt?.endedMs ?? 0, ...phases.map((phase) => phase.endMs ?? 0));
  return `${startedAt.replace(/[-:.]/g, "")}-${String(Math.round(endMs)).padStart(ELAPSED_DIGITS, "0")}`;
}

/** Milliseconds of thirty years. */
const ELAPSED_DIGITS = 12;

async function forgetOldest(folder: string, keep: number): Promise<void> {
  const all = await readdir(folder);
  const names = all.filter((name) => NAME.test(name)).sort();
  const gone = names.slice(0, Math.max(0, names.length - keep));
  const unfinished = all.filter((name) => UNFINISHED.test(name));
  await Promise.all([
    ...gone.map((name) => rm(join(folder, name), { force: true })),
    ...unfinished.map((name) => removeAbandoned(join(folder, name))),
  ]);
}

async function removeAbandoned(path: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  } catch (error) {
    // Finished in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** File names begin with the time of the boot, so their order is that of the boots. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => NAME.test(name)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
