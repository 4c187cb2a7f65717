import { summarize } from "../../protocol/derive/statistics.ts";
import type { BootHistory } from "../../protocol/index.ts";
import { eachBoot } from "./store.ts";

/**
 * The recorded boots, as far as others are compared with them.
 *
 * @param folder - `<stateDir>/history`.
 * @throws Error of node:fs when the folder exists and cannot be read.
 */
export async function readSummaries(folder: string): Promise<BootHistory> {
  const boots: BootHistory["boots"] = [];
  for await (const { report } of eachBoot(folder)) {
    boots.push({ ...summarize(report), outcome: report.outcome });
  }
  return { boots };
}
