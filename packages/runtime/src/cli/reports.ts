import { resolve } from "node:path";
import { Failed, failedWith } from "../base/failed.ts";
import { loadConfig } from "../config/load.ts";
import { stateFolderAt } from "../config/state-folder.ts";
import type { BootReport } from "../protocol/index.ts";
import { readHistory } from "../report/history/store.ts";
import { readReport } from "../report/read-report.ts";

/** Flags of every command that reads reports. */
export interface ReportFlags {
  readonly config?: string;
}

export interface ChosenReport {
  readonly report: BootReport;
  /** The boots of the same state folder that began before it, oldest first. */
  readonly earlier: readonly BootReport[];
}

interface RecordedBoots {
  readonly folder: string;
  /** Oldest first. */
  readonly reports: readonly BootReport[];
}

/** The number of the last boot on record, as `sandboot history` counts. */
export const LAST_BOOT = "1";

/**
 * One report, and the boots before it.
 *
 * @param which - Its file, or its number in `sandboot history` of the configured state folder. A file with a number as its
 *   name is `./7`.
 * @throws Failed `report-unreadable` or `no-boot-on-record`; `bad-input` when the configuration that names the folder is bad.
 */
export async function chooseReport(which: string, flags: ReportFlags): Promise<ChosenReport> {
  if (isNumber(which)) {
    const recorded = await recordedBoots(flags);
    const report = numbered(recorded, which);
    return { report, earlier: recorded.reports.slice(0, recorded.reports.indexOf(report)) };
  }
  const report = await readReport(resolve(which));
  const others = await recordedBoots(flags).catch((error: unknown) => {
    // A report can be read on any machine. Only the comparison with earlier boots needs the configuration.
    if (failedWith(error, "bad-input") && flags.config === undefined) return { reports: [] };
    throw error;
  });
  const earlier = others.reports.filter(({ startedAt }) => startedAt < report.startedAt);
  return { report, earlier };
}

/**
 * Two reports, each by its file or its number.
 *
 * @throws as {@link chooseReport}.
 */
export async function chooseTwo(
  before: string,
  after: string,
  flags: ReportFlags,
): Promise<readonly [BootReport, BootReport]> {
  const recorded = [before, after].some(isNumber) ? await recordedBoots(flags) : null;
  const read = async (which: string) =>
    recorded !== null && isNumber(which) ? numbered(recorded, which) : readReport(resolve(which));
  return [await read(before), await read(after)];
}

function isNumber(which: string): boolean {
  return /^[1-9]\d*$/.test(which);
}

function numbered({ folder, reports }: RecordedBoots, number: string): BootReport {
  const report = reports.at(-Number(number));
  if (report !== undefined) return report;
  throw new Failed({ code: "no-boot-on-record", folder, needed: Number(number) });
}

/** All boots on record in the configured state folder. */
export async function recordedBoots({ config: file }: ReportFlags): Promise<RecordedBoots> {
  const { env } = process;
  const config = await loadConfig({ file, env, cwd: process.cwd(), purpose: "runtime" });
  const folder = stateFolderAt(config.stateDir).history;
  return { folder, reports: (await readHistory(folder)).map(({ report }) => report) };
}
