import { join } from "node:path";
import { agentPathsOf } from "../../agents/paths.ts";
import { agentName } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import { startHookIds } from "./hook.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootPhase } from "./phase.ts";

/** For all pages together: a server may promise another one each time. */
const FETCH_MS = 120_000;

/** Fetches the skills that the config names, while the repositories are brought up to date. */
export function skillsFetch(config: Config): BootPhase<"skills.fetch"> | [] {
  const { skills, isPrimary } = config.agent;
  if (skills === undefined) return [];
  return {
    plan: {
      id: agentName("skills.fetch", config.agent),
      title: "Fetch the agent's skills",
      needs: [],
      where: "main",
      required: isPrimary,
      timeoutMs: FETCH_MS,
    },
    run: async (_, { signal, detail }) => {
      const { fetchSkills } = await import("../../agents/skills/fetch.ts");
      const { url, token = tokenFor(url, config) } = skills;
      const fetched = await fetchSkills({ url, token }, signal);
      detail({ skills: fetched.length });
      return fetched;
    },
  };
}

/** A URL with a user in it asks for that one, and is not told the bridge's token. */
function tokenFor(url: string, { bridge }: Config): string | null {
  const { username, password } = new URL(url);
  return `${username}${password}` === "" ? bridge.token : null;
}

/**
 * Puts them where the agent finds them when it opens the workspace. Every hook has ended before: a skill of the repository,
 * or one that a hook has made, keeps its name.
 */
export function agentSkills(config: Config): BootPhase | [] {
  const { skills, isPrimary } = config.agent;
  if (skills === undefined) return [];
  const fetch = agentName("skills.fetch", config.agent);
  return {
    plan: {
      id: agentName("agent.skills", config.agent),
      title: "Put the agent's skills in place",
      needs: [fetch, agentName("agent.home", config.agent), ...startHookIds(config)],
      where: "main",
      required: isPrimary,
      timeoutMs: FILE_WORK_MS,
    },
    run: async (_, { outputIfDone, skip, detail, warn }) => {
      const fetched = outputIfDone(fetch);
      if (fetched === undefined) {
        skip("they could not be fetched");
        return;
      }
      const { installSkills } = await import("../../agents/skills/install.ts");
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
