import { agentDriver } from "../../agents/registry.ts";
import type { Config } from "../../config/config.ts";
import { whileRunning, whileUp } from "../../process/supervise/wait.ts";
import { agentSkills } from "./agent-skills.ts";
import { binding } from "./binding.ts";
import { startHookIds } from "./hook.ts";
import type { BootContext, BootParts, BootPhase } from "./phase.ts";
import { workspaceAssemble } from "./workspace-assemble.ts";
import { workspaceLink } from "./workspace-link.ts";

type Parts = Pick<BootParts, "clock" | "agentProcess" | "agentReads" | "agentReport">;

/**
 * Makes the agent's instance for the workspace. This is the first request that lets the agent read the repository, so
 * every hook of every repository has ended before it (C2). When the agent is given up while the hooks still run, the
 * phase fails at once.
 */
export function agentSession(config: Config): BootPhase {
  const driver = agentDriver(config);
  const before = [binding, workspaceAssemble, workspaceLink, agentSkills].flatMap((make) =>
    make(config),
  );
  return {
    plan: {
      id: "agent.session",
      title: `${driver.name} opens the workspace`,
      needs: [
        "agent.home",
        "agent.listening",
        ...startHookIds(config),
        ...before.map(({ plan }) => plan.id),
      ],
      where: "main",
      required: true,
    },
    foresee: ({ agentProcess }: Parts, signal) => whileUp(agentProcess, signal),
    run: async (parts: Parts, context) => {
      const { clock, agentProcess, agentReport } = parts;
      const { signal, detail, output, warn, waitingFor } = context;
      await agentProcess.up(signal);
      await restartIfOutdated(parts, context);
      const { url } = output("agent.listening");
      const { agentDirectory, agent } = config;
      waitingFor(
        `${driver.name} to open ${agentDirectory}, at most ${agent.readySeconds} s. It may be installing packages`,
      );
      const create = () =>
        whileRunning(agentProcess, signal, (running) =>
          driver.createSession(url, config.agentDirectory, running),
        );
      let created = await create();
      if (created.isMisfit) {
        await restartMisfit(parts, signal);
        created = await create();
      }
      const { warnings, isMisfit: _, ...session } = created;
      detail({
        sessionId: session.sessionId,
        directory: config.agentDirectory,
        catalogue: session.catalogue,
      });
      for (const warning of warnings) warn(warning);
      agentReport.update({ ...session, sessionMs: clock.nowMs() });
    },
  };

  /** Restarts the agent when its warm-up read what does not fit the workspace (C4). */
  async function restartMisfit(
    { agentProcess, agentReads, agentReport }: Parts,
    signal: AbortSignal,
  ): Promise<void> {
    await agentReads.remember(signal);
    const pid = await agentProcess.restart();
    await agentProcess.up(signal);
    agentReport.update({ pid });
    const reason = "the workspace asks for models that are not in the catalogue it had read";
    agentReport.restarted({ reason, paths: [] });
  }

  /** Restarts the agent if the hooks changed a file that its process has read and will not read again (C4). */
  async function restartIfOutdated(
    { agentProcess, agentReads, agentReport }: Parts,
    { signal, detail, warn }: BootContext,
  ): Promise<void> {
    const { changed, outdated } = await agentReads.compare(signal);
    detail({ changedSinceSpawn: [...changed] });
    if (outdated.length === 0) return;
    const reason = "the hooks changed what it had read at its start";
    warn({ code: "agent-outdated", agent: driver.name, paths: outdated });
    await agentReads.remember(signal);
    const pid = await agentProcess.restart();
    await agentProcess.up(signal);
    agentReport.update({ pid });
    agentReport.restarted({ reason, paths: [...outdated] });
  }
}
