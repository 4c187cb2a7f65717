import { describeConfig } from "../../config/describe.ts";
import { configJsonSchema } from "../../config/json-schema.ts";
import { loadConfig } from "../../config/load.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";

export const examples: CommandModule["examples"] = [
  [
    "sandboot config check --config sandbox.jsonc",
    "Shows what a boot with this file and this environment would use.",
  ],
  ["sandboot config schema > sandboot.schema.json", "Gives an editor the schema to complete with."],
];

export const define: DefineCommand = (command, { ending }) => {
  command
    .command("check")
    .description(
      "Prints the effective configuration with secrets hidden, or everything that is wrong with it.",
    )
    .option(
      "--config <file>",
      "The config file. Default: sandboot.jsonc or sandboot.json in this folder.",
    )
    .action(
      ending(async ({ config: file }: { readonly config?: string }) => {
        const config = await loadConfig({ file, env: process.env, cwd: process.cwd() });
        await print(`${JSON.stringify(describeConfig(config), null, 2)}\n`);
        return exitCodes.ok;
      }),
    );
  command
    .command("schema")
    .description("Prints the JSON Schema of sandboot.json.")
    .action(
      ending(async () => {
        await print(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
        return exitCodes.ok;
      }),
    );
};
