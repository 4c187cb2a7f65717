import { join } from "node:path";
import { startProgram } from "../program.ts";
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
  const port = await freePort();
  await using agent = startProgram(
    workbench.agentBinary,
    ["serve", "--hostname", "127.0.0.1", "--port", String(port)],
    {
      cwd: join(folder, "neutral"),
      env: {
        ...runEnvironment(join(folder, "home")),
        OPENCODE_CONFIG_DIR: join(folder, "config"),
      },
      signal,
    },
  );
  const listeningMs = await readiness(agent, port);
  const answer = await fetch(`http://127.0.0.1:${port}/session`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-opencode-directory": encodeURIComponent(workbench.checkout),
    },
    body: "{}",
    signal,
  });
  await answer.json();
  const sessionMs = agent.sinceSpawnMs();
  if (!answer.ok) throw new Error(`OpenCode answered ${answer.status} to POST /session`);
  return { listeningMs, sessionMs, readyMs: null, spawnedMs: null, phases: {} };
}
