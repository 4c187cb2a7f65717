import { verifyStage } from "../../verify/verify.ts";
import type { DefineCommand, JsonFlag } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { printable } from "../printable.ts";

interface Flags extends JsonFlag {
  readonly deep?: boolean;
}

export const defineVerify: DefineCommand = (program, parts) => {
  const { signal, withPool, print, printJson, ending } = parts;
  program
    .command("verify <stage>")
    .description("hold a stage against what was built: existence, sizes, modes")
    .option("--deep", "and every content")
    .option("--json", "print what differs as JSON")
    .action(
      ending(async (stageDir: string, { deep = false, json }: Flags) => {
        const problems = await withPool((pool) => verifyStage({ stageDir, deep, pool, signal }));
        if (json) printJson(problems);
        else if (problems.length === 0) print(`${stageDir}: whole`);
        for (const { path, problem, expected, found } of json ? [] : problems) {
          print(printable(`${path}: ${problem}: expected ${expected}, found ${found}`));
        }
        return problems.length === 0 ? EXIT.ok : EXIT.failed;
      }),
    );
};
