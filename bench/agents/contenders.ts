import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AcpProcess } from "../../scripts/lib/acp-process.mjs";
import {
  type AcpAgentName,
  type AcpModelConfig,
  acpConfigFor,
} from "../../test/support/model-server/acp-config.ts";
import type { ModelServer } from "../../test/support/model-server/model-server.ts";
import { linkDependencies, runHook, stageTools, sync } from "../boot/contenders/by-hand.ts";
import { inFreshFolder } from "../boot/contenders/in-fresh-folder.ts";
import { startSandboot } from "../boot/contenders/sandboot.ts";
import { runEnvironment, type Workbench } from "../boot/workbench.ts";
import type { Contender } from "../lib/alternate.ts";
import { DoorClient } from "./client.ts";

/** Milliseconds from the start of everything. */
export interface AgentSample {
  readonly sessionMs: number;
  /** Until the first answer has ended. */
  readonly answerMs: number;
}

export interface AgentBench {
  readonly workbench: Workbench;
  readonly name: AcpAgentName;
  readonly command: readonly string[];
  readonly model: ModelServer;
  /** A start.sh in place of the repository's own: a path. */
  readonly startHook: string | undefined;
}

const INITIALIZE = { protocolVersion: 1, clientCapabilities: {} };
const promptIn = (sessionId: string) => ({
  sessionId,
  prompt: [{ type: "text", text: "What do you say?" }],
});

/** One thing after the other, by hand: fetch, hook, agent, initialize, session, prompt. */
export function byHand(bench: AgentBench): Contender<AgentSample> {
  const { workbench, name, command, model, startHook } = bench;
  return inFreshFolder(workbench, `${name}-by-hand`, async (folder) => {
    const config = acpConfigFor(name, model);
    const home = await makeHome(folder, config);
    const staged = await stageByHand(bench, folder, home);
    const startMs = performance.now();
    sync(workbench);
    runHook(workbench, startHook);
    const agent = new AcpProcess(command, {
      cwd: workbench.checkout,
      env: { ...runEnvironment(home), ...staged, ...config.keys },
    });
    try {
      await agent.request("initialize", INITIALIZE);
      const { authMethod: methodId } = config;
      if (methodId !== null) await agent.request("authenticate", { methodId });
      const session = { cwd: workbench.checkout, mcpServers: [] };
      const { result, error } = await agent.request("session/new", session);
      if (error !== undefined) throw new Error(`session/new: ${error.message}`);
      const sessionMs = performance.now() - startMs;
      await agent.request("session/prompt", promptIn(result.sessionId));
      return { sessionMs, answerMs: performance.now() - startMs };
    } finally {
      await agent.end();
    }
  });
}

/** A boot, with the client at the door from the start. */
export function sandboot(bench: AgentBench): Contender<AgentSample> {
  const { workbench, name, command, model, startHook } = bench;
  return inFreshFolder(workbench, `${name}-sandboot`, async (folder, signal) => {
    const config = acpConfigFor(name, model);
    await makeHome(folder, config);
    const { keys, authMethod } = config;
    const key = authMethod === null ? { env: keys } : { auth: { [authMethod]: keys } };
    const options = {
      agent: { kind: "acp", preset: name, command, ...key },
      config: {
        ...(!isStaged(name) && { stage: undefined }),
        ...(startHook !== undefined && { hooks: { start: startHook } }),
      },
    };
    await using sandbox = await startSandboot(workbench, folder, options, signal);
    using client = await DoorClient.atTheDoor(sandbox.bridgeUrl, signal);
    await client.request("initialize", INITIALIZE);
    const { sessionId } = await client.request<{ sessionId: string }>("session/new", {
      cwd: workbench.checkout,
      mcpServers: [],
    });
    const sessionMs = sandbox.sinceSpawnMs();
    await client.request("session/prompt", promptIn(sessionId));
    return { sessionMs, answerMs: sandbox.sinceSpawnMs() };
  });
}

/** Whether the agent has something from a stage: OpenCode has its packages, which it would install itself. */
function isStaged(name: AcpAgentName): boolean {
  return name === "opencode";
}

/** The same by hand, before the clock starts. @returns variables for the agent. */
async function stageByHand(
  { workbench, name }: AgentBench,
  folder: string,
  home: string,
): Promise<Record<string, string>> {
  if (!isStaged(name)) return {};
  const config = await stageTools(workbench, folder);
  const places = [config, join(home, ".config", "opencode"), join(workbench.checkout, ".opencode")];
  for (const place of places) await linkDependencies(workbench, place);
  return { OPENCODE_CONFIG_DIR: config };
}

async function makeHome(folder: string, { file, text }: AcpModelConfig): Promise<string> {
  const home = join(folder, "home");
  await mkdir(dirname(join(home, file)), { recursive: true });
  await writeFile(join(home, file), text);
  return home;
}
