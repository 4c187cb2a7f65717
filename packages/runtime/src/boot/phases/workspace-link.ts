import { linkedBy } from "../../agents/linked.ts";
import { agentPathsOf } from "../../agents/paths.ts";
import { agentDriver } from "../../agents/registry.ts";
import { agentName } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import { startHookIds } from "./hook.ts";
import type { BootParts, BootPhase } from "./phase.ts";
import { workspaceAssemble } from "./workspace-assemble.ts";
import { packagesLimitMs, workspacePackages } from "./workspace-packages.ts";

type Parts = Pick<BootParts, "agentOf">;

/**
 * Links the packages of the agent and of the repositories into the config folders that the agent reads, when every hook
 * has ended and before the agent's first request. What a hook made of package.json counts: when it declares something else
 * than what was prepared, that is prepared now.
 *
 * @param earlier - The agents before it.
 */
export function workspaceLink(config: Config, earlier: readonly Config[]): BootPhase | [] {
  const driver = agentDriver(config);
  const linked = linkedBy(config, earlier);
  if (linked === "nothing") return [];
  const prepared = config.repositories.flatMap((one) => workspacePackages(config, one));
  const assembled = [workspaceAssemble(config)].flat();
  const folders = linked === "home" ? [agentPathsOf(config).home] : foldersOf(config);
  return {
    plan: {
      id: linked === "home" ? agentName("workspace.link", config.agent) : "workspace.link",
      title: `Link packages into ${driver.configFolder}`,
      needs: [
        "stage",
        agentName("agent.home", config.agent),
        ...[...prepared, ...assembled].map(({ plan }) => plan.id),
        ...startHookIds(config),
      ],
      where: "main",
      required: false,
      timeoutMs: packagesLimitMs(config),
    },
    run: async ({ agentOf }: Parts, { signal, line, detail, warn }) => {
      const packages = await agentOf(config.agent).packages();
      const outcomes = await Promise.all([
        ...folders.map((folder) => packages.link(folder, { signal, line })),
        packages.linkGlobal({ signal, line }),
      ]);
      detail({
        folders: outcomes.map(({ missing, ...one }) => ({
          ...one,
          missing: missing.map(({ name }) => name),
        })),
      });
      for (const { path, reason, missing, agentInstalls } of outcomes) {
        if (agentInstalls) warn({ code: "packages-not-linked", folder: path, reason });
        if (missing.length > 0) warn({ code: "packages-missing", folder: path, packages: missing });
      }
    },
  };
}

/** The phases that link what an agent reads. */
export function workspaceLinks(config: Config, earlier: readonly Config[]): BootPhase[] {
  if (agentDriver(config).packages === null) return [];
  return [...earlier, config].flatMap((one, at, all) => workspaceLink(one, all.slice(0, at)));
}

/**
 * Workspaces whose config folders the agent reads: where it works, each of several repositories (what was merged from one
 * imports from where it lies), and the user's home.
 */
function foldersOf(config: Config): string[] {
  const members = config.repositories.map(({ path }) => path);
  return [...new Set([config.agentDirectory, ...members, agentPathsOf(config).home])];
}
