import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BootReport } from "@sandboot/runtime/protocol";
import { RuntimeClient } from "@sandboot/runtime/protocol/client";
import type { Contender } from "../../lib/alternate.ts";
import { type Program, startProgram } from "../program.ts";
import type { BootSample } from "../sample.ts";
import { freePort, runEnvironment, type Workbench } from "../workbench.ts";
import { inFreshFolder } from "./in-fresh-folder.ts";

export interface SandbootOptions {
  readonly id?: string;
  /** Where the repository is fetched from, if not from the local origin. */
  readonly url?: string;
  /** Keys of the config's `agent`, over the usual ones. */
  readonly agent?: Record<string, unknown>;
  /** Keys of the config, over the usual ones. */
  readonly config?: Record<string, unknown>;
  /** More environment than that of every run. */
  readonly env?: Readonly<Record<string, string>>;
  /** An empty folder for the checkouts, where there is nothing to bring up to date. */
  readonly freshWorkspace?: boolean;
}

/** `sandboot boot --until ready` on a checkout some commits behind its origin, with a state folder of its own. */
export function sandboot(
  workbench: Workbench,
  options: SandbootOptions = {},
): Contender<BootSample> {
  return inFreshFolder(workbench, options.id ?? "sandboot", (folder, signal) =>
    boot(workbench, folder, options, signal),
  );
}

/** `sandboot boot` in mode `build`, to its end. */
export async function build(
  workbench: Workbench,
  folder: string,
  options: SandbootOptions,
  signal: AbortSignal,
): Promise<void> {
  const config = { ...options.config, mode: "build" };
  await using program = await start(workbench, folder, { ...options, config, flags: [] }, signal);
  const exit = await program.ended;
  if (exit !== 0) throw new Error(`the build ended with ${exit}`);
}

/** One boot until it is ready, in a folder that is there. */
export async function boot(
  workbench: Workbench,
  folder: string,
  options: SandbootOptions,
  signal: AbortSignal,
): Promise<BootSample> {
  const reportFile = join(folder, "report.json");
  const flags = ["--until", "ready", "--report", reportFile];
  await using program = await start(workbench, folder, { ...options, flags }, signal);
  const ready = await program.line((line) => (isEvent(line, "boot.ready") ? true : undefined));
  const exit = await program.ended;
  if (exit !== 0) throw new Error(`sandboot ended with ${exit} after it was ready`);
  const report = JSON.parse(await readFile(reportFile, "utf8")) as BootReport;
  return readReport(report, program.spawnedAtMs, ready.atMs);
}

export interface BootedSandboot extends AsyncDisposable {
  readonly pid: number;
  readonly client: RuntimeClient;
  /** Where prompts go. */
  readonly bridgeUrl: string;
  /** Milliseconds from the spawn until now. */
  sinceSpawnMs(): number;
  /** Resolves with the milliseconds from the spawn until the event. */
  event(type: MilestoneEvent): Promise<number>;
}

/** A sandbox that is ready, or a seed that is up, and stays so until it is disposed of. */
export async function startAndWait(
  workbench: Workbench,
  folder: string,
  signal: AbortSignal,
  mode: "repo_image" | "seed" = "repo_image",
): Promise<BootedSandboot> {
  const booted = await startSandboot(workbench, folder, { config: { mode } }, signal);
  await booted.event(mode === "seed" ? "boot.seeded" : "boot.ready");
  return booted;
}

/** A sandbox that boots, and stays until it is disposed of. Nothing is waited for. */
export async function startSandboot(
  workbench: Workbench,
  folder: string,
  options: SandbootOptions,
  signal: AbortSignal,
): Promise<BootedSandboot> {
  const bridgePort = await freePort();
  const config = { bridge: { port: bridgePort }, ...options.config };
  const program = await start(workbench, folder, { ...options, config, flags: [] }, signal);
  const { pid = 0 } = program.child;
  const socketPath = join(folder, "state", "runtime.sock");
  return {
    pid,
    client: new RuntimeClient({ id: "socket", socketPath }),
    bridgeUrl: `http://127.0.0.1:${bridgePort}`,
    sinceSpawnMs: () => program.sinceSpawnMs(),
    event: async (type) => {
      const { atMs } = await program.line((line) => (isEvent(line, type) ? true : undefined));
      return atMs;
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

async function start(
  workbench: Workbench,
  folder: string,
  {
    url,
    agent,
    config: overrides,
    freshWorkspace,
    env,
    flags,
  }: SandbootOptions & { readonly flags: readonly string[] },
  signal: AbortSignal,
): Promise<Program> {
  const home = join(folder, "home");
  const config = {
    mode: "repo_image",
    stateDir: join(folder, "state"),
    workspace: freshWorkspace === true ? join(folder, "workspace") : workbench.workspace,
    repositories: [{ name: "shop", url: url ?? workbench.origin, branch: workbench.branch }],
    stage: { dir: workbench.stage },
    agent: { command: [workbench.agentBinary], port: await freePort(), home, ...agent },
    bridge: { port: await freePort() },
    ...overrides,
  };
  const configFile = join(folder, "sandboot.json");
  await writeFile(configFile, JSON.stringify(config));
  const args = ["boot", "--config", configFile, "--json", ...flags];
  return startProgram(process.execPath, [workbench.runtime, ...args], {
    cwd: folder,
    env: { ...runEnvironment(home), ...env },
    signal,
  });
}

type MilestoneEvent = "boot.ready" | "boot.seeded" | "boot.warm";

function isEvent(line: string, type: MilestoneEvent): boolean {
  return line.startsWith("{") && JSON.parse(line).type === type;
}

/** The report counts from the runtime's process start; the sample counts from before its spawn. */
function readReport(report: BootReport, spawnedAtMs: number, readyMs: number): BootSample {
  const { agent } = report;
  if (agent === null || agent.listeningMs === null || agent.sessionMs === null) {
    throw new Error("the report says nothing of the agent's session");
  }
  const startMs = Date.parse(report.startedAt) - spawnedAtMs;
  const phases = report.phases.flatMap(({ id, startMs, endMs }) =>
    startMs === null || endMs === null ? [] : [[id, endMs - startMs] as const],
  );
  return {
    listeningMs: startMs + agent.listeningMs,
    sessionMs: startMs + agent.sessionMs,
    readyMs,
    spawnedMs: agent.spawnedMs,
    phases: Object.fromEntries(phases),
  };
}
