import { type McpPackage, mcpPackages } from "../../agents/mcp-packages.ts";
import { Failed } from "../../base/failed.ts";
import { runToEnd } from "../../process/run.ts";
import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** It is in nobody's way: whatever else wants a core has it first. */
const LOWEST_PRIORITY_NICE = 19;

/**
 * Lets npx fetch the packages of MCP servers before the agent wants to start them. Nobody waits for it, and what cannot
 * be fetched npx tries again when it is needed.
 */
export function agentMcp(boot: Boot, needs: string[]): BootPhase {
  const { config, agentPaths } = boot;
  return {
    id: "agent.mcp",
    title: "Fetch the packages of MCP servers",
    needs,
    where: "main",
    required: false,
    timeoutMs: config.agent.mcpSeconds * 1000,
    run: async ({ signal, detail, line }) => {
      const packages = mcpPackages(config.agent.config);
      const missing: { spec: string; tail: readonly string[] }[] = [];
      for (const { npx, spec } of packages) {
        const result = await fetch({ npx, spec }, signal, line);
        signal.throwIfAborted();
        if (result.id === "exited" && result.code === 0) continue;
        missing.push({ spec, tail: result.tail.map((entry) => entry.line) });
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

  function fetch(
    { npx, spec }: McpPackage,
    signal: AbortSignal,
    onLine: (stream: "stdout" | "stderr", line: string) => void,
  ) {
    return runToEnd({
      command: npx,
      args: ["--yes", `--package=${spec}`, "--call", "true"],
      cwd: agentPaths.neutralDir,
      env: {
        ...config.env,
        ...config.agent.env,
        HOME: agentPaths.home,
        npm_config_audit: "false",
        npm_config_fund: "false",
        npm_config_update_notifier: "false",
      },
      timeoutMs: config.agent.mcpSeconds * 1000,
      signal,
      grace: boot.grace,
      onLine,
      nice: LOWEST_PRIORITY_NICE,
      leftovers: "end",
    });
  }
}

/** Whether there is anything to fetch. */
export function wantsMcpPackages({ config }: Boot): boolean {
  return mcpPackages(config.agent.config).length > 0;
}
