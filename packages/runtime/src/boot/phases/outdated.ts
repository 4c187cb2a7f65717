import type { AgentParts, BootParts } from "./phase.ts";

/** A process that was started again, and why: names of variables, and `command`, `args` or `cwd`. */
type Restarted = {
  readonly process: string;
  readonly because: string[];
};

/**
 * Starts an agent again when its process was started with something else than it would be now.
 *
 * @param options.learns - Whether the running process learns of these changes by itself. Default: of none.
 * @param options.anyway - Why it is started again in any case.
 */
export async function restartOutdatedAgent(
  { process, reads, report }: AgentParts,
  {
    signal,
    learns = () => false,
    anyway,
  }: {
    readonly signal: AbortSignal;
    readonly learns?: (changes: readonly string[]) => boolean;
    readonly anyway?: string;
  },
): Promise<Restarted[]> {
  const because = [...process.changesSinceStart()];
  const isUpToDate = because.length === 0 || learns(because);
  if (isUpToDate && anyway === undefined) return [];
  await reads.remember(signal);
  const pid = await process.restart();
  report.update({ pid });
  const reason = anyway ?? `the binding changed what it was started with: ${because.join(", ")}`;
  report.restarted({ reason, paths: [] });
  return [{ process: process.id, because }];
}

/** The same for every process that is no agent's. */
export async function restartOutdatedSidecars({
  agents,
  processes,
}: Pick<BootParts, "agents" | "processes">): Promise<Restarted[]> {
  const restarted: Restarted[] = [];
  for (const process of processes.list()) {
    if (agents.some((agent) => agent.process === process)) continue;
    const because = [...process.changesSinceStart()];
    if (because.length === 0) continue;
    await process.restart();
    restarted.push({ process: process.id, because });
  }
  return restarted;
}
