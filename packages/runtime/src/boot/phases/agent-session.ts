import { whileRunning, whileUp } from "../../process/supervise/wait.ts";
import type { Boot } from "./boot.ts";
import type { BootPhase, BootPhaseContext } from "./outputs.ts";
import { folderToAssemble } from "./workspace-assemble.ts";

/**
 * Makes the agent's instance for the workspace: the first request that lets it read the repository, so every hook of
 * every repository has ended before (C2). Before that, what the process read at its start is checked again (C4), and when
 * it is given up while the hooks still run, nobody waits for them.
 */
export function agentSession(boot: Boot): BootPhase {
  const { agent, agentPaths, agentReport, config } = boot;
  const assembled = folderToAssemble(boot) === null ? [] : ["workspace.assemble"];
  return {
    id: "agent.session",
    title: `${agent.name} opens the workspace`,
    needs: ["agent.listening", ...boot.hookIds, ...assembled],
    where: "main",
    required: true,
    foresee: (signal) => whileUp(boot.agentProcess, signal),
    run: async (phase) => {
      await boot.agentProcess.up(phase.signal);
      await restartIfOutdated(phase);
      const preparations = await prepareWorkspace(phase.signal);
      const { url } = phase.output("agent.listening");
      const session = await whileRunning(boot.agentProcess, phase.signal, (signal) =>
        agent.createSession(url, config.agentDirectory, signal),
      );
      phase.detail({
        sessionId: session.sessionId,
        directory: config.agentDirectory,
        workspaceDependencies: preparations.map((one) => ({ ...one })),
      });
      agentReport.update({ ...session, sessionMs: boot.clock.nowMs() });
      return session;
    },
  };

  /** Also each repository of several: what was merged from it imports from where it lies. */
  async function prepareWorkspace(signal: AbortSignal) {
    const members = config.repositories.map(({ path }) => path);
    const folders = [...new Set([config.agentDirectory, ...members])];
    const all = await Promise.all(
      folders.map((folder) => agent.prepareWorkspace(agentPaths, folder, signal)),
    );
    return all.flat();
  }

  async function restartIfOutdated(phase: BootPhaseContext): Promise<void> {
    const { changed, outdated } = await boot.agentReads.compare(phase.signal);
    phase.detail({ changedSinceSpawn: [...changed] });
    if (outdated.length === 0) return;
    const reason = "the hooks changed what it had read at its start";
    phase.warn({ code: "agent-outdated", agent: agent.name, paths: outdated });
    await boot.agentReads.remember(phase.signal);
    const pid = await boot.agentProcess.restart();
    await boot.agentProcess.up(phase.signal);
    agentReport.update({ pid });
    agentReport.restarted({ reason, paths: [...outdated] });
  }
}
