import { describeConfig } from "../../config/describe.ts";
import { configJsonSchema } from "../../config/json-schema.ts";
import { loadConfig } from "../../config/load.ts";
import type { DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";

export const define: DefineCommand = (command, { ending }) => {
  command
    .command("check")
    .description(
      "print the effective configuration, secrets hidden, or everything that is wrong with it",
    )
    .option("--config <file>", "sandboot.json or .jsonc (default: the one in this folder)")
    .action(
      ending(async ({ config: file }: { readonly config?: string }) => {
        const config = await loadConfig({ file, env: process.env, cwd: process.cwd() });
        await print(`${JSON.stringify(describeConfig(config), null, 2)}\n`);
        return exitCodes.ok;
      }),
    );
  command
    .command("schema")
    .description("print the JSON Schema of sandboot.json")
    .action(
      ending(async () => {
        await print(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
        return exitCodes.ok;
      }),
    );
};
