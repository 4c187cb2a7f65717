// Where the first prompt's time goes: the agent's CPU for each part, in the first folder and in the second one of a process, with
// its own catalogue of models and with the stage's.
// `npm run bench -- first-prompt [--runs N] [--out FILE]`; Linux only (/proc).
import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runScript } from "../../scripts/bootstrap.mjs";
import { startModelServer } from "../../test/support/model-server/model-server.ts";
import { openCodeConfigFor } from "../../test/support/model-server/opencode-config.ts";
import { linkDependencies, stageTools } from "../boot/contenders/by-hand.ts";
import { logLine } from "../boot/contenders/readiness.ts";
import { type ListeningAgent, startListening } from "../boot/contenders/serve.ts";
import { makeWorkbench, type Workbench } from "../boot/workbench.ts";
import { openSession, prompt } from "../first-answer/prompts.ts";
import { cancelledBySignals } from "../lib/cancel.ts";
import { busyWarning } from "../lib/machine.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { median } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";

/** The parts, in the order in which they are asked for: what one has made, the next has. */
const PARTS = [
  "POST /session",
  "GET /config/providers",
  "GET /file?path=.",
  "first prompt after these",
  "second prompt",
] as const;

/** CPU of each part, in milliseconds, by folder: first and second of the process. */
type Sample = Readonly<Record<string, readonly number[]>>;

interface Trial {
  readonly workbench: Workbench;
  readonly config: object;
  readonly signal: AbortSignal;
}

async function measure(
  { workbench, config, signal }: Trial,
  folder: string,
  models: string | null,
): Promise<Sample> {
  await linkDependencies(workbench, await stageTools(workbench, folder));
  await linkDependencies(workbench, join(folder, "home", ".config", "opencode"));
  const env = {
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    ...(models !== null && { OPENCODE_MODELS_PATH: models }),
  };
  const sample: Record<string, number[]> = {};
  await using agent = await startListening(workbench, folder, { readiness: logLine, signal, env });
  for (const name of ["first", "second"]) {
    const directory = join(folder, name);
    execFileSync("git", ["clone", "--quiet", workbench.origin, directory]);
    await linkDependencies(workbench, join(directory, ".opencode"));
    await eachPart({ agent, directory, signal }, (part, cpuMs) => {
      sample[part] = [...(sample[part] ?? []), cpuMs];
    });
  }
  return sample;
}

async function eachPart(
  to: { readonly agent: ListeningAgent; readonly directory: string; readonly signal: AbortSignal },
  onPart: (part: (typeof PARTS)[number], cpuMs: number) => void,
): Promise<void> {
  const { agent, directory, signal } = to;
  const { url, pid } = agent;
  const asked = { url, directory, signal };
  const read = async (path: string) => {
    const headers = { "x-opencode-directory": encodeURIComponent(directory) };
    await (await fetch(url + path, { headers, signal })).arrayBuffer();
  };
  let sessionId = "";
  const work: Readonly<Record<(typeof PARTS)[number], () => Promise<unknown>>> = {
    "POST /session": async () => {
      sessionId = await openSession(asked);
    },
    "GET /config/providers": () => read("/config/providers"),
    "GET /file?path=.": () => read("/file?path=."),
    "first prompt after these": () => prompt({ ...asked, sessionId }),
    "second prompt": () => prompt({ ...asked, sessionId }),
  };
  for (const part of PARTS) {
    const before = await cpuMsOf(pid);
    await work[part]();
    onPart(part, (await cpuMsOf(pid)) - before);
  }
}

/** CPU of the process and of the children that it has waited for (proc(5): stat, in hundredths of a second). */
async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]) * 10, 0);
}

await runScript(async () => {
  const options = parseBenchOptions(process.argv.slice(2), ["parts"], 3);
  const busy = busyWarning();
  if (busy !== null) console.log(`${busy}\n`);
  const workbench = await makeWorkbench();
  await using model = await startModelServer();
  const trial = { workbench, config: openCodeConfigFor(model), signal: cancelledBySignals() };
  const catalogues = { own: null, staged: join(workbench.stage, "files/catalogue/models.json") };
  const samples: Record<string, Sample[]> = { own: [], staged: [] };
  for (let round = 1; round <= options.runs; round += 1) {
    for (const [catalogue, models] of Object.entries(catalogues)) {
      const folder = await workbench.freshFolder(`first-prompt-${catalogue}-${round}`);
      try {
        samples[catalogue]?.push(await measure(trial, folder, models));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    console.log(`run ${round}/${options.runs}`);
  }
  const cells = (part: string) =>
    Object.values(samples).flatMap((taken) =>
      [0, 1].map((at) => formatMs(median(taken.map((sample) => sample[part]?.[at] ?? 0)))),
    );
  const head = ["the agent's CPU", "own catalogue", "its second folder", "staged", "second folder"];
  console.log(
    `\n${formatTable(
      head,
      PARTS.map((part) => [part, ...cells(part)]),
    )}`,
  );
  if (options.out !== null) {
    await writeFile(options.out, `${JSON.stringify({ schemaVersion: 1, samples }, null, 2)}\n`);
  }
  return 0;
});
