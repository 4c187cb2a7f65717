import { readStageContents } from "../../verify/contents.ts";
import { compareStages } from "../../verify/inspect.ts";
import type { DefineCommand, JsonFlag } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { printable } from "../printable.ts";

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

export const defineDiff: DefineCommand = (program, { print, printJson, ending }) => {
  program
    .command("diff <a> <b>")
    .description("what differs between two stages; exit code 1 when something does")
    .option("--json", "the same as JSON")
    .action(
      ending(async (a: string, b: string, { json }: JsonFlag) => {
        const differences = compareStages(await readStageContents(a), await readStageContents(b));
        if (json) printJson(differences);
        for (const { path, change, before, after } of json ? [] : differences) {
          const how = [before, after].filter(Boolean).join(" → ");
          print(printable(`${SIGNS[change]} ${path}: ${how}`));
        }
        return differences.length === 0 ? EXIT.ok : EXIT.failed;
      }),
    );
};
