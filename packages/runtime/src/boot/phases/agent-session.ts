import { agentDriver } from "../../agents/registry.ts";
import { agentName } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import { whileRunning, whileUp } from "../../process/supervise/wait.ts";
import { agentBinding } from "./agent-binding.ts";
import { agentSkills } from "./agent-skills.ts";
import { startHookIds } from "./hook.ts";
import type { AgentParts, BootContext, BootParts, BootPhase } from "./phase.ts";
import { workspaceAssemble } from "./workspace-assemble.ts";
import { workspaceLinks } from "./workspace-link.ts";

type Parts = Pick<BootParts, "clock" | "agentOf">;

/**
 * Makes the agent's instance for the workspace. This is the first request that lets the agent read the repository, so
 * every hook of every repository has ended before it (C2). When the agent is given up while the hooks still run, the
 * phase fails at once.
 *
 * @param earlier - The agents before it, of which one links the packages of workspaces.
 */
export function agentSession(
  config: Config,
  earlier: readonly Config[],
): BootPhase<"agent.session"> {
  const driver = agentDriver(config);
  const spawn = agentName("agent.spawn", config.agent);
  const listening = agentName("agent.listening", config.agent);
  const { isPrimary } = config.agent;
  const bindings = [agentBinding(config)].flat().map(({ plan }) => plan.id);
  const before = [
    ...[workspaceAssemble(config)].flat(),
    ...workspaceLinks(config, earlier),
    ...[agentSkills(config)].flat(),
  ];
  return {
    plan: {
      id: agentName("agent.session", config.agent),
      title: `${driver.name} opens the workspace`,
      needs: [
        agentName("agent.home", config.agent),
        listening,
        ...startHookIds(config),
        ...bindings,
        ...before.map(({ plan }) => plan.id),
      ],
      where: "main",
      required: isPrimary,
    },
    foresee: ({ agentOf }: Parts, signal) =>
      isPrimary ? whileUp(agentOf(config.agent).process, signal) : Promise.resolve(),
    run: async ({ clock, agentOf }: Parts, context) => {
      const parts = agentOf(config.agent);
      const { process, report } = parts;
      const { signal, detail, output, outputIfDone, warn, waitingFor, skip } = context;
      if (outputIfDone(spawn) == null || outputIfDone(listening) === undefined) {
        skip(`${driver.name} does not run`);
        return null;
      }
      if (bindings.some((id) => outputIfDone(id) === undefined)) {
        skip(`${driver.name} has not got its binding`);
        return null;
      }
      await process.up(signal);
      await restartIfOutdated(parts, context);
      const { url } = output(listening);
      const { agentDirectory, agent } = config;
      waitingFor(
        `${driver.name} to open ${agentDirectory}, at most ${agent.readySeconds} s. It may be installing packages`,
      );
      const create = () =>
        whileRunning(process, signal, (running) =>
          driver.createSession(url, config.agentDirectory, running),
        );
      let created = await create();
      if (created.isMisfit) {
        // Its warm-up read what does not fit the workspace (C4).
        await restart(parts, signal, {
          reason: "the workspace asks for models that are not in the catalogue it had read",
          paths: [],
        });
        created = await create();
      }
      parts.opened();
      const { sessionId, catalogue, warnings } = created;
      detail({ sessionId, directory: config.agentDirectory, catalogue });
      for (const warning of warnings) warn(warning);
      report.sessionAnswered(created, clock.nowMs());
      return { directory: agentDirectory };
    },
  };

  /** Restarts the agent if the hooks changed a file that its process has read and will not read again (C4). */
  async function restartIfOutdated(
    parts: AgentParts,
    { signal, detail, warn }: BootContext,
  ): Promise<void> {
    const { changed, outdated } = await parts.reads.compare(signal);
    detail({ changedSinceSpawn: [...changed] });
    if (outdated.length === 0) return;
    const reason = "the hooks changed what it had read at its start";
    warn({ code: "agent-outdated", agent: driver.name, paths: outdated });
    await restart(parts, signal, { reason, paths: [...outdated] });
  }
}

/** Starts the agent again, which reads what is there now. */
async function restart(
  { process, reads, report }: AgentParts,
  signal: AbortSignal,
  why: { readonly reason: string; readonly paths: string[] },
): Promise<void> {
  await reads.remember(signal);
  const pid = await process.restart();
  await process.up(signal);
  report.update({ pid });
  report.restarted(why);
}
