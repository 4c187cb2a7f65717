import { Option } from "commander";
import { planBoot } from "../../boot/phases/table.ts";
import { loadConfig } from "../../config/load.ts";
import { BOOT_MODES, type BootMode } from "../../protocol/modes.ts";
import { type GraphFormat, renderGraph } from "../../report/graph.ts";
import { renderGraphTree } from "../../report/graph-tree.ts";
import { withPlannedServices } from "../../sidecars/planned.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";

interface Flags {
  readonly config?: string;
  readonly mode?: BootMode;
  readonly format?: GraphFormat | "tree";
}

export const examples: CommandModule["examples"] = [
  ["sandboot graph", "Draws what a boot with this folder's configuration would run."],
  ["sandboot graph --format dot | dot -Tsvg > graph.svg", "Makes a picture with Graphviz."],
];

export const define: DefineCommand = (command, { ending }) => {
  command
    .option(
      "--config <file>",
      "The config file. Default: sandboot.jsonc or sandboot.json in this folder.",
    )
    .addOption(
      new Option("--mode <mode>", "Draws the graph of this mode, instead of the config's.").choices(
        BOOT_MODES,
      ),
    )
    .addOption(
      new Option(
        "--format <format>",
        "The format of the output. Default: tree in a terminal, else mermaid.",
      ).choices(["tree", "mermaid", "dot"] satisfies Flags["format"][]),
    )
    .action(
      ending(async ({ config: file, mode, format = defaultFormat() }: Flags) => {
        const config = await loadConfig({ file, mode, env: process.env, cwd: process.cwd() });
        const { phases } = planBoot(withPlannedServices(config));
        const view = { mode: config.mode, phases };
        const isTree = format === "tree";
        await print(
          isTree ? renderGraphTree(view, lookOf(process.stdout)) : renderGraph(view, format),
        );
        return exitCodes.ok;
      }),
    );
};

function defaultFormat(): "tree" | "mermaid" {
  return process.stdout.isTTY ? "tree" : "mermaid";
}
