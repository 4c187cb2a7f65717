// How long a boot takes until the agent's session, against doing the same by hand.
// `npm run bench -- boot [--case NAME] [--runs N] [--out FILE]`
import { writeFile } from "node:fs/promises";
import { runScript } from "../../scripts/bootstrap.mjs";
import type { measureAnswers } from "../first-answer/measure.ts";
import { alternate } from "../lib/alternate.ts";
import { cancelledBySignals } from "../lib/cancel.ts";
import { busyWarning } from "../lib/machine.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { formatMs } from "../lib/table.ts";
import { cases } from "./cases/index.ts";
import { evaluate, renderTable } from "./result.ts";
import { makeWorkbench } from "./workbench.ts";

async function main(): Promise<number> {
  const options = parseBenchOptions(
    process.argv.slice(2),
    cases.map(({ name }) => name),
  );
  const chosen = cases.find(({ name }) => name === options.caseName) ?? cases[0];
  console.log(`${chosen.title}\n${options.runs} runs each, alternating, after one warm-up each\n`);
  const busy = busyWarning();
  if (busy !== null) console.log(`${busy}\n`);
  const signal = cancelledBySignals();
  await using resources = new AsyncDisposableStack();
  const workbench = await makeWorkbench();
  const samples = await alternate({
    contenders: await chosen.contenders(workbench, resources),
    runs: options.runs,
    signal,
    onSample: (contender, round, { sessionMs, readyMs }) => {
      const label = round === 0 ? "warm-up" : `run ${round}/${options.runs}`;
      const ready = readyMs === null ? "" : `, ready ${formatMs(readyMs)}`;
      console.log(
        `${label.padEnd(10)} ${contender.padEnd(12)} session ${formatMs(sessionMs)}${ready}`,
      );
    },
  });
  const result = evaluate(chosen, samples);
  console.log(`\n${renderTable(samples)}\n`);
  console.log(`${chosen.measured} / ${chosen.baseline}, until the session is created`);
  console.log(`  ratio of the medians         ${result.ratio.toFixed(3)}`);
  console.log(`  median of the round's ratios ${result.pairedRatio.toFixed(3)}`);
  if (result.phaseRatio !== null) {
    console.log(`  by ${chosen.phase}             ${result.phaseRatio.toFixed(3)}`);
  }
  console.log(`  difference of the medians    ${formatMs(result.differenceMs)}`);
  const answers =
    chosen.answers === undefined
      ? undefined
      : await answersOf(chosen.answers, { workbench, runs: options.runs, signal });
  if (options.out !== null) {
    await writeFile(options.out, `${JSON.stringify({ ...result, answers }, null, 2)}\n`);
    console.log(`\nevery sample: ${options.out}`);
  }
  return 0;
}

/** Its model and its contenders are loaded by the cases alone that have answers. */
async function answersOf(...[answerCase, options]: Parameters<typeof measureAnswers>) {
  console.log();
  const { measureAnswers: measure } = await import("../first-answer/measure.ts");
  return await measure(answerCase, options);
}

await runScript(main);
