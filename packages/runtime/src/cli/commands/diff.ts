import { resolve } from "node:path";
import { Failed } from "../../base/failed.ts";
import { focusOf } from "../../protocol/derive/focus.ts";
import type { BootReport } from "../../protocol/index.ts";
import { compareReports } from "../../report/compare.ts";
import { renderComparison } from "../../report/compare-view.ts";
import { readReport } from "../../report/read-report.ts";
import type { DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { type ReportFlags, recordedBoots } from "../reports.ts";

export const define: DefineCommand = (command, { ending }) => {
  command
    .argument("[before]", "a boot report (default: the last recorded boot but one)")
    .argument("[after]", "the report to compare with it (default: the last recorded boot)")
    .option("--config <file>", "config that names the state folder with the history")
    .action(
      ending(async (a: string | undefined, b: string | undefined, flags: ReportFlags) => {
        const [before, after] = await chooseTwo(a, b, flags);
        await print(
          renderComparison(compareReports(focusOf(before), focusOf(after)), lookOf(process.stdout)),
        );
        return exitCodes.ok;
      }),
    );
};

async function chooseTwo(
  before: string | undefined,
  after: string | undefined,
  flags: ReportFlags,
): Promise<[BootReport, BootReport]> {
  if (before !== undefined && after !== undefined)
    return [await readReport(resolve(before)), await readReport(resolve(after))];
  const { folder, reports } = await recordedBoots(flags);
  const last = reports.at(-1);
  if (before !== undefined) {
    if (last === undefined) throw new Failed({ code: "no-boot-on-record", folder, needed: 1 });
    return [await readReport(resolve(before)), last];
  }
  const lastButOne = reports.at(-2);
  if (last === undefined || lastButOne === undefined)
    throw new Failed({ code: "no-boot-on-record", folder, needed: 2 });
  return [lastButOne, last];
}
