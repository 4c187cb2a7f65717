import { focusOf } from "../../protocol/derive/focus.ts";
import { compareReports } from "../../report/compare.ts";
import { renderComparison } from "../../report/compare-view.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { chooseTwo, LAST_BOOT, type ReportFlags } from "../reports.ts";

export const examples: CommandModule["examples"] = [
  ["sandboot diff", "Compares the last boot with the one before."],
  ["sandboot diff good.json 1", "Compares a report in a file with the last boot."],
];

export const define: DefineCommand = (command, { ending }) => {
  command
    .argument(
      "[before]",
      "A report's file, or its number in `sandboot history`. Default: the last boot but one.",
    )
    .argument("[after]", "The report to compare with it. Default: the last boot.")
    .option("--config <file>", "The config file that names the state folder with the history.")
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
