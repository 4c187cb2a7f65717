// What a hook that prints too much does to the rest: how long the API waits for an answer meanwhile, and when the hook ends.
// `npm run bench -- hostile-output [--case NAME] [--runs N] [--out FILE]`
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root, runScript } from "../../scripts/bootstrap.mjs";
import { freePort } from "../boot/workbench.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { summarize } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";

/** What start.sh does. Each runs into the limit, or is long done by then. */
const CASES = {
  quiet: "exec sleep 60",
  yes: "exec yes",
  lines: "seq 400000; exec sleep 60",
  "long-lines": "yes \"$(head -c 60000 /dev/zero | tr '\\0' x)\"",
  "no-newline": "cat /dev/zero | tr '\\0' x",
} as const;

const LIMIT_SECONDS = 3;

/** The longest time without an answer that is acceptable. */
const TARGET_MS = 100;

const BETWEEN_MS = 5;

const AGENT = `require("node:http").createServer((_, answer) => answer.end("{}")).listen(process.argv[1], "127.0.0.1")`;

interface Sample {
  readonly answersMs: readonly number[];
  readonly tookMs: number;
}

async function measure(script: string): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), "sandboot-hostile-"));
  try {
    const workspace = join(folder, "workspace");
    const checkout = join(workspace, "demo");
    await mkdir(join(checkout, ".openinspect"), { recursive: true });
    await writeFile(join(checkout, ".openinspect/start.sh"), `${script}\n`);
    await git(checkout, "init", "--quiet", "--initial-branch=main");
    await git(checkout, "add", ".");
    await git(checkout, "commit", "--quiet", "--message=start");
    const port = await freePort();
    await writeFile(
      join(folder, "sandboot.json"),
      JSON.stringify({
        mode: "snapshot_restore",
        stateDir: "state",
        workspace,
        repositories: [{ name: "demo", url: checkout, branch: "main" }],
        agent: { kind: "command", command: [process.execPath, "-e", AGENT, "{port}"], port },
        bridge: { port: await freePort() },
        hooks: { startSeconds: LIMIT_SECONDS },
      }),
    );
    return await boot(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function git(cwd: string, ...args: string[]): Promise<void> {
  const author = { GIT_AUTHOR_NAME: "bench", GIT_AUTHOR_EMAIL: "bench@localhost" };
  const committer = { GIT_COMMITTER_NAME: "bench", GIT_COMMITTER_EMAIL: "bench@localhost" };
  const env = { ...process.env, ...author, ...committer };
  const [code] = await once(spawn("git", args, { cwd, env, stdio: "inherit" }), "exit");
  if (code !== 0) throw new Error(`git ${args[0]} failed`);
}

/** Boots until the hook has hit its limit, and asks `/livez` all the time. */
async function boot(folder: string): Promise<Sample> {
  const cli = join(root, "packages/runtime/dist/cli.js");
  const args = [cli, "boot", "--config", join(folder, "sandboot.json")];
  const startMs = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, stdio: "ignore" });
  const ended = once(child, "exit");
  const answersMs: number[] = [];
  while (child.exitCode === null && child.signalCode === null) {
    const askedMs = performance.now();
    if (await answers(join(folder, "state/runtime.sock")))
      answersMs.push(performance.now() - askedMs);
    await delay(BETWEEN_MS);
  }
  await ended;
  return { answersMs, tookMs: performance.now() - startMs };
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request({ socketPath, path: "/livez", agent: false }, (incoming) => {
      incoming.resume().once("end", () => resolve(true));
      incoming.once("error", () => resolve(false));
    });
    // Not yet, or not any more.
    outgoing.once("error", () => resolve(false));
    outgoing.end();
  });
}

await runScript(async () => {
  const names = ["all", ...Object.keys(CASES)];
  const { runs, out, caseName } = parseBenchOptions(process.argv.slice(2), names, 1);
  const chosen = Object.entries(CASES).filter(([name]) => caseName === "all" || caseName === name);
  const samples: Record<string, Sample[]> = Object.fromEntries(chosen.map(([name]) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, script] of chosen) samples[name]?.push(await measure(script));
  }
  const rows = Object.entries(samples).map(([name, all]) => {
    const { median, p95, max } = summarize(all.flatMap(({ answersMs }) => answersMs));
    const took = Math.max(...all.map(({ tookMs }) => tookMs));
    return [name, ...[median, p95, max, took].map(formatMs), max <= TARGET_MS ? "met" : "not met"];
  });
  const head = [
    `start.sh, limit ${LIMIT_SECONDS} s`,
    "/livez, median",
    "p95",
    "longest",
    "boot took",
    `≤ ${TARGET_MS} ms`,
  ];
  console.log(formatTable(head, rows));
  if (out !== null)
    await writeFile(out, `${JSON.stringify({ schemaVersion: 1, samples }, null, 2)}\n`);
  return 0;
});
