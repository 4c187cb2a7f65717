import { linkedBy } from "../../agents/linked.ts";
import { agentDriver } from "../../agents/registry.ts";
import { agentName } from "../../config/agents.ts";
import type { Config, Repository } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import { agentWarmWorkspace } from "./agent-warm-workspace.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agentOf" | "inSpareTime">;

/** Milliseconds for copies and links, beside what npm may take. */
const FILES_MS = 60_000;

/** How long a phase that prepares packages may take. */
export function packagesLimitMs({ agent }: Config): number {
  return milliseconds(agent.packages.seconds + FILES_MS / 1000);
}

/**
 * Copies all of the agent's packages for this sandbox's workspaces. A seed, and a build without repositories, have time for
 * it at once. In a boot, the session needs only a part of them. The rest comes when the agent is warm, and makes way for the
 * first prompt.
 *
 * @param earlier - The agents before it.
 */
export function agentPackages(config: Config, earlier: readonly Config[]): BootPhase | [] {
  const { agent } = config;
  const driver = agentDriver(config);
  const linked = linkedBy(config, earlier);
  if (linked === "nothing") return [];
  const hasTime = config.mode === "seed" || config.mode === "build";
  // Only the primary agent is warmed up.
  const last = agent.isPrimary
    ? [agentWarmWorkspace(config)].flat().map(({ plan }) => plan.id)
    : [agentName("agent.session", agent)];
  return {
    plan: {
      id: linked === "home" ? agentName("agent.packages", agent) : "agent.packages",
      title: `Copy the packages of ${driver.name}`,
      needs: hasTime ? ["stage"] : ["ready", ...last],
      where: "workers",
      required: false,
      timeoutMs: packagesLimitMs(config),
    },
    run: async (parts: Parts, { signal, detail }) => {
      const packages = await parts.agentOf(config.agent).packages();
      if (hasTime) await packages.prepareAgent({ signal });
      else detail({ completed: await packages.complete({ signal }, parts.inSpareTime) });
    },
  };
}

/**
 * Prepares the packages that a repository's config folder declares, outside the repository, while its hooks run and the
 * agent starts. That is speculation: `workspace.link` looks again when the hooks have ended. No code of the repository
 * runs, and nothing is written into it (C1, C2). In an image build it is no speculation, because the hooks have ended.
 */
export function workspacePackages(config: Config, { name, path }: Repository): BootPhase | [] {
  const driver = agentDriver(config);
  if (driver.packages === null || config.agent.workspaceDependencies === "leave") return [];
  const before = config.mode === "build" ? "hook.setup" : "workspace.sync";
  return {
    plan: {
      id: `workspace.packages:${name}`,
      title: `Prepare the packages of ${driver.configFolder} in ${name}`,
      needs: ["stage", `${before}:${name}`],
      where: "main",
      required: false,
      timeoutMs: packagesLimitMs(config),
    },
    run: async ({ agentOf }: Parts, { signal, line }) => {
      const packages = await agentOf(config.agent).packages();
      await packages.prepare(path, { signal, line });
    },
  };
}
