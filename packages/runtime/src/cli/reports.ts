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

/**
 * The report in `file`, or that of the last boot on record in the configured state folder.
 *
 * @throws Failed `report-unreadable` or `no-boot-on-record`; `bad-input` when the configuration that names the folder is bad.
 */
export async function chooseReport(
  file: string | undefined,
  flags: ReportFlags,
): Promise<ChosenReport> {
  if (file === undefined) {
    const { folder, reports } = await recordedBoots(flags);
    const report = reports.at(-1);
    if (report === undefined) throw new Failed({ code: "no-boot-on-record", folder, needed: 1 });
    return { report, earlier: reports.slice(0, -1) };
  }
  const report = await readReport(resolve(file));
  const others = await recordedBoots(flags).catch((error: unknown) => {
    // A report can be read on any machine. Only the comparison with earlier boots needs the configuration.
    if (failedWith(error, "bad-input") && flags.config === undefined) return { reports: [] };
    throw error;
  });
  const earlier = others.reports.filter(({ startedAt }) => startedAt < report.startedAt);
  return { report, earlier };
}

/** All boots on record in the configured state folder, oldest first. */
export async function recordedBoots({
  config: file,
}: ReportFlags): Promise<{ folder: string; reports: readonly BootReport[] }> {
  const config = await loadConfig({ file, env: process.env, cwd: process.cwd() });
  const folder = stateFolderAt(config.stateDir).history;
  return { folder, reports: (await readHistory(folder)).map(({ report }) => report) };
}
