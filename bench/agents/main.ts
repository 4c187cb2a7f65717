// How long a person waits for each agent that speaks ACP: to its session and to its first answer, by hand and with sandboot.
// `npm run bench -- agents [--case slow-hook|no-hook] [--runs N] [--out FILE]`
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tryAcpAgent } from "../../scripts/acp-agents.mjs";
import { runScript } from "../../scripts/bootstrap.mjs";
import { startModelServer } from "../../test/support/model-server/model-server.ts";
import { makeWorkbench, type Workbench } from "../boot/workbench.ts";
import { alternate } from "../lib/alternate.ts";
import { cancelledBySignals } from "../lib/cancel.ts";
import { busyWarning } from "../lib/machine.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { median, pairedRatio } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";
import { type AgentSample, byHand, sandboot } from "./contenders.ts";

const DEFAULT_RUNS = 3;
const SLOW_HOOK_SECONDS = 2;

await runScript(async () => {
  const options = parseBenchOptions(process.argv.slice(2), ["slow-hook", "no-hook"], DEFAULT_RUNS);
  const busy = busyWarning();
  if (busy !== null) console.log(`${busy}\n`);
  const signal = cancelledBySignals();
  await using model = await startModelServer();
  const workbench = await makeWorkbench();
  const isSlow = options.caseName === "slow-hook";
  const startHook = isSlow ? await slowHook(workbench) : undefined;
  const hook = isSlow ? `a start.sh of ${SLOW_HOOK_SECONDS} s more` : "the usual start.sh";
  console.log(`${hook}; ${options.runs} runs each, alternating, after one warm-up each\n`);
  const rows: string[][] = [];
  const all: Record<string, Record<string, AgentSample[]>> = {};
  for (const name of ["claude", "codex", "gemini", "opencode"] as const) {
    const found =
      name === "opencode" ? { command: [workbench.agentBinary, "acp"] } : await tryAcpAgent(name);
    if ("missing" in found) {
      console.log(found.missing);
      continue;
    }
    const bench = { workbench, name, command: found.command, model, startHook };
    const [hand, ours] = [byHand(bench), sandboot(bench)];
    const samples = await alternate({
      contenders: [hand, ours],
      runs: options.runs,
      signal,
      onSample: (contender, round, { sessionMs, answerMs }) => {
        const label = round === 0 ? "warm-up" : `run ${round}/${options.runs}`;
        const figures = `session ${formatMs(sessionMs)}, answer ${formatMs(answerMs)}`;
        console.log(`${label.padEnd(10)} ${contender.padEnd(20)} ${figures}`);
      },
    });
    all[name] = Object.fromEntries(samples);
    const of = (contender: string, key: keyof AgentSample) =>
      (samples.get(contender) ?? []).map((sample) => sample[key]);
    const compared = (["sessionMs", "answerMs"] as const).flatMap((key) => [
      formatMs(median(of(hand.id, key))),
      formatMs(median(of(ours.id, key))),
      `${pairedRatio(of(ours.id, key), of(hand.id, key)).toFixed(2)} ×`,
    ]);
    rows.push([name, ...compared]);
  }
  const head = ["", "session by hand", "sandboot", "", "answer by hand", "sandboot", ""];
  console.log(`\n${formatTable(head, rows)}`);
  if (options.out !== null) {
    await writeFile(options.out, `${JSON.stringify(all, null, 2)}\n`);
    console.log(`\nevery sample: ${options.out}`);
  }
  return 0;
});

async function slowHook({ workspace }: Workbench): Promise<string> {
  const path = join(workspace, "slow-hook.sh");
  await writeFile(path, `#!/bin/sh\nsleep ${SLOW_HOOK_SECONDS}\nexec .openinspect/start.sh\n`);
  await chmod(path, 0o755);
  return path;
}
