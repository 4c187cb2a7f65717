import { readStageContents } from "../../verify/contents.ts";
import { summarise } from "../../verify/inspect.ts";
import type { DefineCommand, JsonFlag } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { renderSummary } from "../render.ts";

export const defineInspect: DefineCommand = (program, { print, printJson, ending }) => {
  program
    .command("inspect <stage>")
    .description("what a stage holds: sizes by entry, the largest files, what is gated")
    .option("--json", "the same as JSON")
    .action(
      ending(async (stageDir: string, { json }: JsonFlag) => {
        const summary = summarise(await readStageContents(stageDir));
        if (json) printJson(summary);
        else print(renderSummary(summary));
        return EXIT.ok;
      }),
    );
};
