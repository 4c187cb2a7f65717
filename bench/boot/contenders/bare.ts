import { execFileSync } from "node:child_process";
import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Contender } from "../../lib/alternate.ts";
import { startProgram } from "../program.ts";
import type { BootSample } from "../sample.ts";
import { freePort, runEnvironment, type Workbench } from "../workbench.ts";
import { logLine, type Readiness } from "./readiness.ts";

/**
 * What the agent costs by itself: `opencode serve`, its log line, `POST /session`. Everything that a boot does for it has
 * been done by hand before the clock starts: checkout, hook, tools, skills, and every `node_modules` it would install.
 */
export function bare(
  workbench: Workbench,
  options: { readonly id?: string; readonly readiness?: Readiness } = {},
): Contender<BootSample> {
  const id = options.id ?? "bare";
  return {
    id,
    run: async (round, signal) => {
      await workbench.resetCheckout();
      const folder = await workbench.freshFolder(`${id}-${round}`);
      try {
        await stageByHand(workbench, folder);
        prepareCheckout(workbench);
        await linkDependencies(workbench, join(workbench.checkout, ".opencode"));
        return await serve(workbench, folder, options.readiness ?? logLine, signal);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function stageByHand(workbench: Workbench, folder: string): Promise<void> {
  const config = join(folder, "config");
  for (const name of ["tool", "skill"]) {
    await cp(join(workbench.quickstart, name), join(config, name), { recursive: true });
  }
  await linkDependencies(workbench, config);
  await linkDependencies(workbench, join(folder, "home", ".config", "opencode"));
  await mkdir(join(folder, "neutral"));
}

async function linkDependencies({ dependencies }: Workbench, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of ["node_modules", "package.json", "package-lock.json"]) {
    await symlink(join(dependencies, name), join(target, name));
  }
}

function prepareCheckout({ checkout, branch }: Workbench): void {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: checkout, stdio: "pipe" });
  git("fetch", "--quiet", "origin", `+refs/heads/${branch}:refs/remotes/origin/${branch}`);
  git("checkout", "--quiet", "-B", branch, `origin/${branch}`);
  execFileSync(join(checkout, ".openinspect", "start.sh"), { cwd: checkout, stdio: "pipe" });
}

async function serve(
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
