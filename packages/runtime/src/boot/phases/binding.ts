import { agentPathsOf } from "../../agents/paths.ts";
import { agentDriver } from "../../agents/registry.ts";
import type { Config } from "../../config/config.ts";
import { sidecarsOf } from "../../sidecars/list.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agentProcess" | "agentReads" | "agentReport" | "processes">;
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
      const undo = await agentDriver(config).takeBinding(agentPathsOf(config));
      try {
        await tellSidecars(config);
        signal.throwIfAborted();
        const driver = agentDriver(config);
        detail({
          restarted: await restartOutdated(parts, {
            signal,
            takesWhileRunning: (changes) => driver.takesWhileRunning(changes),
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
 * Starts those processes again that were started with something else than they would be now, the agent first.
 *
 * @param options.takesWhileRunning - Whether the agent knows of these changes without a new start.
 * @param options.agentToo - Why the agent is started again in any case.
 */
export async function restartOutdated(
  { agentProcess, agentReads, agentReport, processes }: Parts,
  {
    signal,
    agentToo,
    takesWhileRunning = () => false,
  }: {
    readonly signal: AbortSignal;
    readonly agentToo?: string;
    readonly takesWhileRunning?: (changes: readonly string[]) => boolean;
  },
): Promise<Restarted[]> {
  const restarted: Restarted[] = [];
  const others = processes.list().filter((process) => process !== agentProcess);
  for (const process of [agentProcess, ...others]) {
    const because = [...process.changesSinceStart()];
    const isAgent = process === agentProcess;
    const isUpToDate = because.length === 0 || (isAgent && takesWhileRunning(because));
    if (isUpToDate && !(isAgent && agentToo !== undefined)) continue;
    if (isAgent) await agentReads.remember(signal);
    const pid = await process.restart();
    restarted.push({ process: process.id, because });
    if (!isAgent) continue;
    agentReport.update({ pid });
    const reason =
      agentToo ?? `the binding changed what it was started with: ${because.join(", ")}`;
    agentReport.restarted({ reason, paths: [] });
  }
  return restarted;
}
