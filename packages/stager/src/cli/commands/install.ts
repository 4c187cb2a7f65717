import { Option } from "commander";
import { installStage } from "../../install/install.ts";
import { type DefineCommand, type JsonFlag, path } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { printable } from "../printable.ts";

interface Flags extends JsonFlag {
  readonly isolation?: "shared" | "private";
  readonly onConflict: "keep" | "replace";
  readonly agentVersion?: string;
}

export const defineInstall: DefineCommand = (program, parts) => {
  const { signal, withPool, print, printJson, ending } = parts;
  program
    .command("install")
    .argument("<stage>", "a folder that build made", path)
    .argument("<target>", "where it goes", path)
    .description("put a stage in place, as a boot does")
    .addOption(
      new Option("--isolation <kind>", "over what each entry says").choices(["shared", "private"]),
    )
    .addOption(
      new Option("--on-conflict <policy>", "with somebody else's file at a staged path")
        .choices(["keep", "replace"])
        .default("keep"),
    )
    .option("--agent-version <version>", "refuse a stage that names another")
    .option("--json", "print the result as JSON")
    .action(
      ending(async (stageDir: string, targetDir: string, { json, isolation, ...flags }: Flags) => {
        const options = { ...flags, ...(isolation !== undefined && { isolation }) };
        const where = { stageDir, targetDir, env: process.env };
        const result = await withPool((pool) =>
          installStage({ pool, ...where, ...options, signal }),
        );
        if (json) printJson(result);
        for (const { path: at, result: how, reason } of json ? [] : result.items) {
          const why = reason === undefined ? "" : ` (${reason})`;
          print(printable(`${how.padEnd(10)} ${at}${why}`));
        }
        return EXIT.ok;
      }),
    );
};
