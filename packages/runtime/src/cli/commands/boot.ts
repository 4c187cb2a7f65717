import { Option } from "commander";
import { BOOT_MODES } from "../../protocol/modes.ts";
import { bootCommand } from "../boot.ts";
import type { DefineCommand } from "../command.ts";

export const define: DefineCommand = (command, { ending, workers }) => {
  command
    .option("--config <file>", "sandboot.json or .jsonc (default: the one in this folder)")
    .addOption(new Option("--mode <mode>", "how to boot").choices(BOOT_MODES))
    .addOption(
      new Option("--until <point>", "end in good order when it is reached").choices([
        "ready",
        "settled",
      ]),
    )
    .option("--report <file>", "write the boot report as JSON")
    .option("--json", "events as JSON lines, also in a terminal")
    .action(ending((options) => bootCommand(options, workers.start())));
};
