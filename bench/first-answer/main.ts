// How long a person waits for the first answer, and for every later one, with a stand-in model on loopback.
// `npm run bench -- first-answer [--case NAME] [--runs N] [--out FILE]`
import { writeFile } from "node:fs/promises";
import { runScript } from "../../scripts/bootstrap.mjs";
import { makeWorkbench } from "../boot/workbench.ts";
import { cancelledBySignals } from "../lib/cancel.ts";
import { busyWarning } from "../lib/machine.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { cases } from "./cases/index.ts";
import { measureAnswers } from "./measure.ts";

const DEFAULT_RUNS = 5;

await runScript(async () => {
  const names = cases.map(({ name }) => name);
  const options = parseBenchOptions(process.argv.slice(2), names, DEFAULT_RUNS);
  const chosen = cases.find(({ name }) => name === options.caseName) ?? cases[0];
  const busy = busyWarning();
  if (busy !== null) console.log(`${busy}\n`);
  const result = await measureAnswers(chosen, {
    workbench: await makeWorkbench(),
    runs: options.runs,
    signal: cancelledBySignals(),
  });
  if (options.out !== null) {
    await writeFile(options.out, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`\nevery sample: ${options.out}`);
  }
  return 0;
});
