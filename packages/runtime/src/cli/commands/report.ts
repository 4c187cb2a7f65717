import { Option } from "commander";
import { focusOf } from "../../protocol/derive/focus.ts";
import { toChromeTrace } from "../../protocol/derive/perfetto.ts";
import { renderPage } from "../../report/html/page.ts";
import { renderTable } from "../../report/table.ts";
import { renderWaterfall } from "../../report/waterfall.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { type ChosenReport, chooseReport, LAST_BOOT, type ReportFlags } from "../reports.ts";

const FORMATS = ["waterfall", "table", "json", "perfetto", "html"] as const;
type Format = (typeof FORMATS)[number];

export const examples: CommandModule["examples"] = [
  ["sandboot report", "Shows the waterfall of the last boot."],
  ["sandboot report 2 --format html > boot.html", "Makes a page of the boot before it."],
];

export const define: DefineCommand = (command, { ending }) => {
  command
    .argument(
      "[file]",
      "A report's file, or its number in `sandboot history`. Default: the last boot.",
    )
    .addOption(
      new Option("--format <format>", "The format of the output.")
        .choices(FORMATS)
        .default("waterfall"),
    )
    .option("--config <file>", "The config file that names the state folder with the history.")
    .action(
      ending(async (which = LAST_BOOT, flags: ReportFlags & { readonly format: Format }) => {
        await print(render(await chooseReport(which, flags), flags.format));
        return exitCodes.ok;
      }),
    );
};

function render({ report, earlier }: ChosenReport, format: Format): string {
  switch (format) {
    case "waterfall":
      return renderWaterfall(focusOf(report), lookOf(process.stdout));
    case "table":
      return renderTable(focusOf(report), lookOf(process.stdout));
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "perfetto":
      return `${JSON.stringify(toChromeTrace(report))}\n`;
    case "html":
      return renderPage(focusOf(report), earlier);
    default:
      return format satisfies never;
  }
}
