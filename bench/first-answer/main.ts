// How long a person waits for the first answer, and for every later one, with a stand-in model on loopback.
// `npm run bench -- first-answer [--case NAME] [--runs N] [--out FILE]`
import { writeFile } from "node:fs/promises";
import { runScript } from "../../scripts/bootstrap.mjs";
import { startModelServer } from "../../test/support/model-server/model-server.ts";
import { openCodeConfigFor } from "../../test/support/model-server/opencode-config.ts";
import { makeWorkbench } from "../boot/workbench.ts";
import { alternate } from "../lib/alternate.ts";
import { cancelledBySignals } from "../lib/cancel.ts";
import { busyWarning } from "../lib/machine.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { formatMs } from "../lib/table.ts";
import { cases } from "./cases/index.ts";
import { evaluate, renderTable } from "./result.ts";

const DEFAULT_RUNS = 5;

await runScript(async () => {
  const names = cases.map(({ name }) => name);
  const options = parseBenchOptions(process.argv.slice(2), names, DEFAULT_RUNS);
  const chosen = cases.find(({ name }) => name === options.caseName) ?? cases[0];
  console.log(`${chosen.title}\n${options.runs} runs each, alternating, after one warm-up each\n`);
  const busy = busyWarning();
  if (busy !== null) console.log(`${busy}\n`);
  await using model = await startModelServer();
  const bench = { workbench: await makeWorkbench(), agentConfig: openCodeConfigFor(model) };
  const samples = await alternate({
    contenders: await chosen.contenders(bench),
    runs: options.runs,
    signal: cancelledBySignals(),
    onSample: (contender, round, { readyMs, firstMs, steadyMs }) => {
      const label = round === 0 ? "warm-up" : `run ${round}/${options.runs}`;
      const figures = `ready ${formatMs(readyMs)}, first ${formatMs(firstMs)}, then ${formatMs(steadyMs)}`;
      console.log(`${label.padEnd(10)} ${contender.padEnd(24)} ${figures}`);
    },
  });
  const result = evaluate(chosen, samples);
  console.log(`\n${renderTable(result, chosen.baseline)}`);
  if (options.out !== null) {
    await writeFile(options.out, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`\nevery sample: ${options.out}`);
  }
  return 0;
});
