import { join } from "node:path";
import { agentPathsOf } from "../../agents/paths.ts";
import type { Config } from "../../config/config.ts";
import { startHookIds } from "./hook.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootPhase } from "./phase.ts";

/** Fetches the skills that the config names, while the repositories are brought up to date. */
export function skillsFetch(config: Config): BootPhase<"skills.fetch"> | [] {
  const { skills } = config.agent;
  if (skills === undefined) return [];
  return {
    plan: {
      id: "skills.fetch",
      title: "Fetch the agent's skills",
      needs: [],
      where: "main",
      required: true,
    },
    run: async (_, { signal, detail }) => {
      const { fetchSkills } = await import("../../agents/skills/fetch.ts");
      const server = { url: skills.url, token: skills.token ?? config.bridge.token };
      const fetched = await fetchSkills(server, signal);
      detail({ skills: fetched.length });
      return fetched;
    },
  };
}

/**
 * Puts them where the agent finds them when it opens the workspace. Every hook has ended before: a skill of the repository,
 * or one that a hook has made, keeps its name.
 */
export function agentSkills(config: Config): BootPhase | [] {
  const { skills } = config.agent;
  if (skills === undefined) return [];
  return {
    plan: {
      id: "agent.skills",
      title: "Put the agent's skills in place",
      needs: ["skills.fetch", "agent.home", ...startHookIds(config)],
      where: "main",
      required: true,
      timeoutMs: FILE_WORK_MS,
    },
    run: async (_, { output, detail, warn }) => {
      const { installSkills } = await import("../../agents/skills/install.ts");
      const fetched = output("skills.fetch");
      const to = { folder: skills.folder, others: searched(config) };
      const { installed, removed, leftOut } = await installSkills(fetched, to);
      for (const { name, path } of leftOut) warn({ code: "skill-left-out", name, path });
      detail({ folder: skills.folder, installed: [...installed], removed: [...removed] });
    },
  };
}

/** Folders in which an agent finds skills besides. */
function searched(config: Config): string[] {
  const { home, stageTarget } = agentPathsOf(config);
  const places = [config.agentDirectory, ...config.repositories.map(({ path }) => path), home];
  const folders = places.flatMap((place) =>
    [".opencode", ".claude", ".agents"].map((name) => join(place, name, "skills")),
  );
  const staged = stageTarget === null ? [] : [join(stageTarget, "config", "skills")];
  return [...new Set([...folders, ...staged])].filter(
    (path) => path !== config.agent.skills?.folder,
  );
}
