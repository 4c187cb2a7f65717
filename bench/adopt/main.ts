// How long a claim of a warm sandbox takes, and what a seed costs that waits: with a stand-in model on loopback.
// `npm run bench -- adopt [--runs N] [--out FILE]`. Linux only (/proc).
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
import { bound, byHand } from "./contenders.ts";
import { evaluate, renderTable } from "./result.ts";

const DEFAULT_RUNS = 5;

await runScript(async () => {
  const options = parseBenchOptions(process.argv.slice(2), ["bind"], DEFAULT_RUNS);
  const busy = busyWarning();
  if (busy !== null) console.log(`${busy}\n`);
  await using model = await startModelServer();
  const workbench = await makeWorkbench();
  const binding = { agent: { config: openCodeConfigFor(model) }, sandboxId: "box-7" };
  const samples = await alternate({
    contenders: [
      byHand(workbench),
      bound(workbench, "binding", binding),
      // The agent reads its environment at its start, so it is started again, while sync and hooks run.
      bound(workbench, "binding with env", { ...binding, env: { STAGE: "preview" } }),
    ],
    runs: options.runs,
    signal: cancelledBySignals(),
    onSample: (contender, round, { readyMs, beyondMs, untilFirstMs }) => {
      const label = round === 0 ? "warm-up" : `run ${round}/${options.runs}`;
      const figures = `ready ${formatMs(readyMs)}, beyond ${formatMs(beyondMs)}, first answer ${formatMs(untilFirstMs)}`;
      console.log(`${label.padEnd(10)} ${contender.padEnd(18)} ${figures}`);
    },
  });
  const result = evaluate(samples);
  console.log(`\n${renderTable(result)}`);
  if (options.out !== null) {
    await writeFile(options.out, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`\nevery sample: ${options.out}`);
  }
  return 0;
});
