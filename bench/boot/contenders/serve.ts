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

/** An agent that listens. It runs until it is disposed of. */
export interface ListeningAgent extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** Milliseconds since its spawn until it answered. */
  readonly listeningMs: number;
  sinceSpawnMs(): number;
}

/** The same, with a session. */
export interface StartedAgent extends ListeningAgent {
  readonly sessionId: string;
  /** Milliseconds since its spawn until it had the session. */
  readonly sessionMs: number;
}

export interface AgentOptions {
  readonly readiness: Readiness;
  readonly signal: AbortSignal;
  /** More environment than that of every run. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `opencode serve` on what lies in `folder`, and waits for it. */
export async function startListening(
  workbench: Workbench,
  folder: string,
  { readiness, signal, env = {} }: AgentOptions,
): Promise<ListeningAgent> {
  const port = await freePort();
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
  const kept = starting.move();
  return {
    pid: agent.child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    listeningMs,
    sinceSpawnMs: () => agent.sinceSpawnMs(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** @param options - `directory`: where the session is; the checkout unless said. */
export async function startAgent(
  workbench: Workbench,
  folder: string,
  options: AgentOptions & { readonly directory?: string },
): Promise<StartedAgent> {
  const { signal, directory = workbench.checkout } = options;
  await using starting = new AsyncDisposableStack();
  const agent = starting.use(await startListening(workbench, folder, options));
  const answer = await fetch(`${agent.url}/session`, {
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
  return { ...agent, sessionId, sessionMs, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
