import { setTimeout as delay } from "node:timers/promises";
import type { Program } from "../program.ts";

const LISTENING = /opencode server listening on/;

/** Resolves with the milliseconds since the spawn at which we know that the agent answers. */
export type Readiness = (agent: Program, port: number) => Promise<number>;

/** The agent's own word for it. */
export const logLine: Readiness = async (agent) => {
  const { atMs } = await agent.line((line) => (LISTENING.test(line) ? true : undefined));
  return atMs;
};

/** What entrypoints usually do: ask, wait, ask again. */
export function polling(options: {
  readonly everyMs: number;
  readonly timeoutMs: number;
}): Readiness {
  return async (agent, port) => {
    for (;;) {
      if (await answers(port, options.timeoutMs)) return agent.sinceSpawnMs();
      await delay(options.everyMs);
    }
  };
}

async function answers(port: number, timeoutMs: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(`http://127.0.0.1:${port}/global/health`, { signal });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    // Refused, or swallowed until the timeout.
    return false;
  }
}
