import { agentPathsOf } from "../../agents/paths.ts";
import { agentDriver } from "../../agents/registry.ts";
import { asAgent, eachAgent } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import { sidecarsOf } from "../../sidecars/list.ts";
import type { AgentParts, BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agents" | "processes">;
type BindingParts = Parts & Pick<BootParts, "pool">;

/**
 * Gives the processes of a seed what the binding holds for them: files that they read while they run, and to those that read
 * a value at their start a new start (C15). It runs beside sync and hooks.
 */
export function binding(config: Config): BootPhase<"binding"> | [] {
  if (config.bound === null) return [];
  return {
    plan: {
      id: "binding",
      title: "Give the processes their binding",
      needs: [],
      where: "main",
      required: true,
    },
    run: async (parts: BindingParts, { signal, detail }) => {
      // The phases after the hooks need it, and would wait for its start.
      parts.pool.wake();
      const undone: (() => Promise<void>)[] = [];
      const undo = async () => {
        for (const step of undone.toReversed()) await step();
      };
      try {
        for (const agent of eachAgent(config)) {
          undone.push(await agentDriver(agent).takeBinding(agentPathsOf(agent)));
        }
        await tellSidecars(config);
        signal.throwIfAborted();
        detail({
          restarted: await restartOutdated(parts, {
            signal,
            takesWhileRunning: ({ id }, changes) =>
              agentDriver(asAgent(config, id)).takesWhileRunning(changes),
          }),
        });
      } catch (error) {
        await undo();
        throw error;
      }
      return { undo };
    },
  };
}

/** Writes what sidecars read while they run. */
export async function tellSidecars(config: Config): Promise<void> {
  for (const sidecar of sidecarsOf(config)) await sidecar.takeBinding();
}

/** A process that was started again, and why: names of variables, and `command`, `args` or `cwd`. */
type Restarted = {
  readonly process: string;
  readonly because: string[];
};

/**
 * Starts those processes again that were started with something else than they would be now, the agents first.
 *
 * @param options.takesWhileRunning - Whether an agent knows of these changes without a new start.
 * @param options.agentsToo - Why the agents are started again in any case.
 */
export async function restartOutdated(
  { agents, processes }: Parts,
  {
    signal,
    agentsToo,
    takesWhileRunning = () => false,
  }: {
    readonly signal: AbortSignal;
    readonly agentsToo?: string;
    readonly takesWhileRunning?: (agent: AgentParts, changes: readonly string[]) => boolean;
  },
): Promise<Restarted[]> {
  const restarted: Restarted[] = [];
  const agentOf = new Map(agents.map((agent) => [agent.process, agent]));
  const others = processes.list().filter((process) => !agentOf.has(process));
  for (const process of [...agentOf.keys(), ...others]) {
    const because = [...process.changesSinceStart()];
    const agent = agentOf.get(process);
    const isUpToDate =
      because.length === 0 || (agent !== undefined && takesWhileRunning(agent, because));
    if (isUpToDate && (agent === undefined || agentsToo === undefined)) continue;
    await agent?.reads.remember(signal);
    const pid = await process.restart();
    restarted.push({ process: process.id, because });
    if (agent === undefined) continue;
    agent.report.update({ pid });
    const reason =
      agentsToo ?? `the binding changed what it was started with: ${because.join(", ")}`;
    agent.report.restarted({ reason, paths: [] });
  }
  return restarted;
}
