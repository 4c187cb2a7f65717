import { focusOf } from "../../protocol/derive/focus.ts";
import { compareReports } from "../../report/compare.ts";
import { renderComparison } from "../../report/compare-view.ts";
import type { DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { chooseTwo, LAST_BOOT, type ReportFlags } from "../reports.ts";

export const define: DefineCommand = (command, { ending }) => {
  command
    .argument("[before]", "a boot report (default: the last recorded boot but one)")
    .argument("[after]", "the report to compare with it (default: the last recorded boot)")
    .option("--config <file>", "config that names the state folder with the history")
    .action(
      ending(async (a = LAST_BUT_ONE, b = LAST_BOOT, flags: ReportFlags) => {
        const [before, after] = await chooseTwo(a, b, flags);
        await print(
          renderComparison(compareReports(focusOf(before), focusOf(after)), lookOf(process.stdout)),
        );
        return exitCodes.ok;
      }),
    );
};

const LAST_BUT_ONE = "2";
