import type { Command } from "commander";
import { focusOf } from "../../protocol/derive/focus.ts";
import { renderBlame } from "../../report/blame.ts";
import { renderCriticalChain } from "../../report/chain-view.ts";
import type { Look } from "../../report/look.ts";
import { usualOf } from "../../report/usual.ts";
import type { CommandParts, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { type ChosenReport, chooseReport, LAST_BOOT, type ReportFlags } from "../reports.ts";

export const define: DefineCommand = (command, parts) => {
  const critical = command
    .command("critical-chain")
    .description("show what the boot waited for, last first, and which phases had time to spare");
  analysis(critical, parts, ({ report }, look) => renderCriticalChain(focusOf(report), look));
  const blame = command
    .command("blame")
    .description("list the phases by duration, next to their usual duration");
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
    .argument("[file]", "a boot report (default: the last recorded boot)")
    .option("--config <file>", "config that names the state folder with the history")
    .action(
      ending(async (which = LAST_BOOT, flags: ReportFlags) => {
        await print(render(await chooseReport(which, flags), lookOf(process.stdout)));
        return exitCodes.ok;
      }),
    );
}
