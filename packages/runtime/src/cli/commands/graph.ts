import { Option } from "commander";
import { planBoot } from "../../boot/phases/table.ts";
import { loadConfig } from "../../config/load.ts";
import { BOOT_MODES, type BootMode } from "../../protocol/modes.ts";
import { type GraphFormat, renderGraph } from "../../report/graph.ts";
import type { DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";

interface Flags {
  readonly config?: string;
  readonly mode?: BootMode;
  readonly format: GraphFormat;
}

export const define: DefineCommand = (command, { ending }) => {
  command
    .option("--config <file>", "sandboot.json or .jsonc (default: the one in this folder)")
    .addOption(
      new Option("--mode <mode>", "boot mode, instead of the config's").choices(BOOT_MODES),
    )
    .addOption(
      new Option("--format <format>", "output format")
        .choices(["mermaid", "dot"] satisfies GraphFormat[])
        .default("mermaid"),
    )
    .action(
      ending(async ({ config: file, mode, format }: Flags) => {
        const config = await loadConfig({ file, mode, env: process.env, cwd: process.cwd() });
        const { phases } = planBoot(config);
        await print(renderGraph({ mode: config.mode, phases }, format));
        return exitCodes.ok;
      }),
    );
};
