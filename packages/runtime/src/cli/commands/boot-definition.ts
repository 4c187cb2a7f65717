import { BOOT_MODES } from "../../protocol/modes.ts";
import type { BootFlags } from "../boot-flags.ts";
import type { CommandModule, DefineCommand } from "../command.ts";

export const examples: CommandModule["examples"] = [
  [
    "sandboot boot --config sandbox.jsonc --report boot.json",
    "Boots what a file says, and writes the report.",
  ],
  ["sandboot boot --mode build", "Runs what belongs into an image, and ends."],
];

// A list of its own: what two bundles share would be one more file that a boot loads.
const ENDS = ["ready", "warm", "settled"] satisfies BootFlags["until"][];

export const define: DefineCommand = (command, { ending, workers }) => {
  command
    .option(
      "--config <file>",
      "The config file. Default: sandboot.jsonc or sandboot.json in this folder.",
    )
    .addOption(
      command
        .createOption("--mode <mode>", "Boots in this mode, instead of the config's.")
        .choices(BOOT_MODES),
    )
    .addOption(
      command
        .createOption("--until <point>", "Shuts the sandbox down when this point is reached.")
        .choices(ENDS),
    )
    .option("--report <file>", "Writes the boot report to this file, as JSON.")
    .option("--json", "Prints events as JSON lines, also in a terminal.")
    .action(
      ending(async (flags: BootFlags) => {
        const { boot } = await import("./boot.ts");
        return await boot(flags, workers.start());
      }),
    );
};
