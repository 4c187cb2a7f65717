import { Failed } from "../../base/failed.ts";
import { renderHistory } from "../../report/history-view.ts";
import type { DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { type ReportFlags, recordedBoots } from "../reports.ts";

export const define: DefineCommand = (command, { ending }) => {
  command
    .option("--config <file>", "config that names the state folder with the history")
    .option("--json", "print the whole reports, one per line, oldest first")
    .action(
      ending(async (flags: ReportFlags & { readonly json?: boolean }) => {
        const { folder, reports } = await recordedBoots(flags);
        if (reports.length === 0)
          throw new Failed({ code: "no-boot-on-record", folder, needed: 1 });
        await print(
          flags.json === true
            ? reports.map((report) => `${JSON.stringify(report)}\n`).join("")
            : renderHistory(reports, lookOf(process.stdout)),
        );
        return exitCodes.ok;
      }),
    );
};
