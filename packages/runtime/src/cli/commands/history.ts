import { Failed } from "../../base/failed.ts";
import { renderHistory } from "../../report/history-view.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { type ReportFlags, recordedBoots } from "../reports.ts";

export const examples: CommandModule["examples"] = [
  ["sandboot history", "Lists the boots on record by number."],
  ["sandboot history --json | jq .readyMs", "Prints how long each took until it was ready."],
];

export const define: DefineCommand = (command, { ending }) => {
  command
    .option("--config <file>", "The config file that names the state folder with the history.")
    .option("--json", "Prints the whole reports, one per line, oldest first.")
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
