import type { Command } from "commander";
import { focusOf } from "../../protocol/derive/focus.ts";
import { renderBlame } from "../../report/blame.ts";
import { renderCriticalChain } from "../../report/chain-view.ts";
import type { Look } from "../../report/look.ts";
import { usualOf } from "../../report/usual.ts";
import type { CommandModule, CommandParts, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { type ChosenReport, chooseReport, LAST_BOOT, type ReportFlags } from "../reports.ts";

export const examples: CommandModule["examples"] = [
  ["sandboot analyze critical-chain", "Shows what the last boot waited for."],
  ["sandboot analyze blame 3", "Lists the phases of the third last boot, the longest first."],
];

export const define: DefineCommand = (command, parts) => {
  const critical = command
    .command("critical-chain")
    .description("Shows what the boot waited for, last first, and which phases had time to spare.");
  analysis(critical, parts, ({ report }, look) => renderCriticalChain(focusOf(report), look));
  const blame = command
    .command("blame")
    .description("Lists the phases by duration, next to their usual duration.");
  analysis(blame, parts, ({ report, earlier }, look) =>
    renderBlame(focusOf(report), usualOf(earlier, report.mode), look),
  );
};

function analysis(
  command: Command,
  { ending }: CommandParts,
  render: (chosen: ChosenReport, look: Look) => string,
): void {
  command
    .argument(
      "[file]",
      "A report's file, or its number in `sandboot history`. Default: the last boot.",
    )
    .option("--config <file>", "The config file that names the state folder with the history.")
    .action(
      ending(async (which = LAST_BOOT, flags: ReportFlags) => {
        await print(render(await chooseReport(which, flags), lookOf(process.stdout)));
        return exitCodes.ok;
      }),
    );
}
