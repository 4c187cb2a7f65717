import { startModelServer } from "../../test/support/model-server/model-server.ts";
import { openCodeConfigFor } from "../../test/support/model-server/opencode-config.ts";
import type { Workbench } from "../boot/workbench.ts";
import { alternate } from "../lib/alternate.ts";
import { formatMs } from "../lib/table.ts";
import type { AnswerCase } from "./cases/case.ts";
import { evaluate, renderTable } from "./result.ts";

/** Runs a case, and prints each sample and the table. @returns what `--out` writes. */
export async function measureAnswers(
  answerCase: AnswerCase,
  options: {
    readonly workbench: Workbench;
    readonly runs: number;
    readonly signal: AbortSignal;
  },
): Promise<ReturnType<typeof evaluate>> {
  const { workbench, runs, signal } = options;
  console.log(`${answerCase.title}\n${runs} runs each, alternating, after one warm-up each\n`);
  await using model = await startModelServer();
  const bench = { workbench, agentConfig: openCodeConfigFor(model) };
  const samples = await alternate({
    contenders: await answerCase.contenders(bench),
    runs,
    signal,
    onSample: (contender, round, { readyMs, firstMs, steadyMs }) => {
      const label = round === 0 ? "warm-up" : `run ${round}/${runs}`;
      const figures = `ready ${formatMs(readyMs)}, first ${formatMs(firstMs)}, then ${formatMs(steadyMs)}`;
      console.log(`${label.padEnd(10)} ${contender.padEnd(24)} ${figures}`);
    },
  });
  const result = evaluate(answerCase, samples);
  console.log(`\n${renderTable(result, answerCase.baseline)}`);
  return result;
}
