import { buildStage } from "../../build/build.ts";
import { StagePlanError } from "../../build-error.ts";
import { type DefineCommand, type JsonFlag, path } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { describeCatalogue, formatBytes, progressBar } from "../render.ts";

interface Flags extends JsonFlag {
  readonly plan: string;
  readonly out: string;
}

export const defineBuild: DefineCommand = (program, parts) => {
  const { signal, withPool, print, printJson, ending } = parts;
  program
    .command("build")
    .description("build a stage from a plan")
    .requiredOption("--plan <file>", "the stage plan", path)
    .requiredOption(
      "--out <folder>",
      "where the stage goes; a stage that is there is replaced",
      path,
    )
    .option("--json", "print stage.json")
    .action(
      ending(async ({ plan: planFile, out: outDir, json }: Flags) => {
        const bar = progressBar(process.stderr);
        const sourceDateEpoch = readSourceDateEpoch(process.env["SOURCE_DATE_EPOCH"]);
        const options = { planFile, outDir, signal, sourceDateEpoch, onProgress: bar.update };
        const manifest = await withPool((pool) => buildStage({ pool, ...options })).finally(
          bar.end,
        );
        const { id, entries, catalogue } = manifest;
        const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
        const what = `${entries.length} entries, ${formatBytes(bytes)}`;
        if (json) printJson(manifest);
        else {
          print(`stage ${id.slice(0, 12)}: ${what}, in ${outDir}`);
          if (catalogue !== undefined) print(describeCatalogue(catalogue));
        }
        return EXIT.ok;
      }),
    );
};

function readSourceDateEpoch(value: string | undefined): number | undefined {
  if (value === undefined || value === "") return undefined;
  if (!/^\d+$/.test(value)) {
    throw new StagePlanError(
      "SOURCE_DATE_EPOCH",
      `expected whole seconds since 1970, found "${value}"`,
    );
  }
  return Number(value);
}
