import { type McpPackage, mcpPackages } from "../../agents/mcp-packages.ts";
import { agentPathsOf } from "../../agents/paths.ts";
import { Failed } from "../../base/failed.ts";
import { agentName, writtenAgent } from "../../config/agents.ts";
import { inheritedEnv } from "../../config/child-env.ts";
import type { Config } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import { type RunOptions, type RunResult, runToEnd } from "../../process/run.ts";
import type { PhasePlan } from "../../protocol/index.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "grace">;

/** Everything else that wants a core gets it first. */
const LOWEST_PRIORITY_NICE = 19;

/**
 * Lets npx fetch the packages of MCP servers before the agent starts the servers. When npx cannot fetch a package now, it
 * tries again at the server's start.
 */
export function agentMcp(config: Config): BootPhase | [] {
  // npm would take a core from the agent while it starts.
  const needs = config.mode === "build" ? [] : [agentName("agent.listening", config.agent)];
  return phaseFor(mcpPackages(config.agent), config, {
    id: agentName("agent.mcp", config.agent),
    needs,
  });
}

/** Does the same for servers that a seed learns of by its binding. */
export function agentMcpOfBinding(config: Config): BootPhase | [] {
  if (config.bound === null) return [];
  const known = mcpPackages(writtenAgent(config.written.file, config.agent)).map(
    ({ spec }) => spec,
  );
  const packages = mcpPackages(config.agent).filter(({ spec }) => !known.includes(spec));
  return phaseFor(packages, config, {
    id: agentName("agent.mcp:binding", config.agent),
    needs: [],
  });
}

function phaseFor(
  packages: readonly McpPackage[],
  config: Config,
  plan: Pick<PhasePlan, "id" | "needs">,
): BootPhase | [] {
  if (packages.length === 0) return [];
  const timeoutMs = milliseconds(config.agent.mcpSeconds);
  return {
    plan: {
      ...plan,
      title: "Fetch the packages of MCP servers",
      where: "main",
      required: false,
      timeoutMs,
    },
    run: async ({ grace }: Parts, { signal, detail, line: onLine }) => {
      const missing: { spec: string; tail: readonly string[] }[] = [];
      for (const wanted of packages) {
        const limits = { timeoutMs, signal, grace, onLine };
        const result = await fetchPackage(wanted, config, limits);
        signal.throwIfAborted();
        if (result.id === "exited" && result.code === 0) continue;
        missing.push({ spec: wanted.spec, tail: result.tail.map((entry) => entry.line) });
      }
      detail({ packages: packages.map(({ spec }) => spec) });
      if (missing.length === 0) return;
      throw new Failed({
        code: "mcp-packages",
        packages: missing.map(({ spec }) => spec),
        outputTail: missing.flatMap(({ tail }) => tail).slice(-20),
      });
    },
  };
}

function fetchPackage(
  { npx, spec }: McpPackage,
  config: Config,
  limits: Pick<RunOptions, "timeoutMs" | "signal" | "grace" | "onLine">,
): Promise<RunResult> {
  const { neutralDir, home } = agentPathsOf(config);
  return runToEnd({
    ...limits,
    command: npx,
    args: ["--yes", `--package=${spec}`, "--call", "true"],
    cwd: neutralDir,
    env: {
      ...inheritedEnv(config, "packages"),
      ...config.agent.env,
      HOME: home,
      npm_config_audit: "false",
      npm_config_fund: "false",
      npm_config_update_notifier: "false",
    },
    nice: LOWEST_PRIORITY_NICE,
    leftovers: "end",
  });
}
