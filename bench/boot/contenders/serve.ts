import { join } from "node:path";
import { type Program, startProgram } from "../program.ts";
import type { BootSample } from "../sample.ts";
import { freePort, runEnvironment, type Workbench } from "../workbench.ts";
import type { Readiness } from "./readiness.ts";

/** Starts `opencode serve` on what lies in `folder`, waits for it, and asks for a session: milliseconds since its spawn. */
export async function serve(
  workbench: Workbench,
  folder: string,
  readiness: Readiness,
  signal: AbortSignal,
): Promise<BootSample> {
  await using agent = await startAgent(workbench, folder, { readiness, signal });
  const { listeningMs, sessionMs } = agent;
  return { listeningMs, sessionMs, readyMs: null, spawnedMs: null, phases: {} };
}

/** An agent with a session in the checkout. It runs until it is disposed of. */
export interface StartedAgent extends AsyncDisposable {
  readonly url: string;
  readonly sessionId: string;
  /** Milliseconds since the agent's spawn until it answered, and until it had the session. */
  readonly listeningMs: number;
  readonly sessionMs: number;
}

export async function startAgent(
  workbench: Workbench,
  folder: string,
  options: {
    readonly readiness: Readiness;
    readonly signal: AbortSignal;
    /** More environment than that of every run. */
    readonly env?: Readonly<Record<string, string>>;
    /** Where the session is; the checkout unless said. */
    readonly directory?: string;
  },
): Promise<StartedAgent> {
  const { readiness, signal, env = {}, directory = workbench.checkout } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await using starting = new AsyncDisposableStack();
  const agent: Program = starting.use(
    startProgram(
      workbench.agentBinary,
      ["serve", "--hostname", "127.0.0.1", "--port", String(port)],
      {
        cwd: join(folder, "neutral"),
        env: {
          ...runEnvironment(join(folder, "home")),
          OPENCODE_CONFIG_DIR: join(folder, "config"),
          ...env,
        },
        signal,
      },
    ),
  );
  const listeningMs = await readiness(agent, port);
  const answer = await fetch(`${url}/session`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-opencode-directory": encodeURIComponent(directory),
    },
    body: "{}",
    signal,
  });
  const { id: sessionId } = (await answer.json()) as { readonly id: string };
  const sessionMs = agent.sinceSpawnMs();
  if (!answer.ok) throw new Error(`OpenCode answered ${answer.status} to POST /session`);
  const kept = starting.move();
  return {
    url,
    sessionId,
    listeningMs,
    sessionMs,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
