import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { failedWith } from "../../base/failed.ts";
import { makeFolder } from "../../base/folder.ts";
import { randomId } from "../../base/random.ts";
import { replaceFile } from "../../base/text-file.ts";
import { removeAbandoned } from "../../base/unfinished.ts";
import type { BootReport } from "../../protocol/index.ts";
import { readReport } from "../read-report.ts";

/** A recorded boot and its file. */
export interface RecordedBoot {
  readonly path: string;
  readonly report: BootReport;
}

const NAME = /^\d{8}T\d{9}Z-[\w-]+\.json$/;

/**
 * Records one boot and removes the oldest ones beyond `keep`. A file is never there in part.
 *
 * @param folder - `<stateDir>/history`; made when it is missing.
 * @returns The file's path.
 * @throws Failed `system-error`; Error of node:fs.
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
 * @throws Failed `system-error` when the system refuses.
 */
export async function replaceRecord(path: string, report: BootReport): Promise<void> {
  await replaceFile(path, `${JSON.stringify(report)}\n`, { mode: 0o600 });
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
  const names = await namesIn(folder);
  const gone = names.slice(0, Math.max(0, names.length - keep));
  await Promise.all(gone.map((name) => rm(join(folder, name), { force: true })));
  await removeAbandoned(folder);
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
