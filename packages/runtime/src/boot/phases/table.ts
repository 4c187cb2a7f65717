import { agentListening } from "./agent-listening.ts";
import { agentMcp, wantsMcpPackages } from "./agent-mcp.ts";
import { agentSession } from "./agent-session.ts";
import { agentSpawn } from "./agent-spawn.ts";
import type { Boot } from "./boot.ts";
import { bridge } from "./bridge.ts";
import { buildRecord } from "./build-record.ts";
import { hookSetup, hookStart } from "./hook.ts";
import type { BootPhase } from "./outputs.ts";
import { prefetch } from "./prefetch.ts";
import { ready } from "./ready.ts";
import { sidecar } from "./sidecar.ts";
import { stage } from "./stage.ts";
import { folderToAssemble, workspaceAssemble } from "./workspace-assemble.ts";
import { workspaceSync } from "./workspace-sync.ts";

/**
 * The table of DESIGN §2: which phases a boot has, by its mode. What each needs stands in its own file.
 * A new phase is one file in this folder and one line here.
 */
export function bootPhases(boot: Boot): BootPhase[] {
  const { mode } = boot.config;
  if (mode === "build") {
    const mcp = wantsMcpPackages(boot) ? [agentMcp(boot, [])] : [];
    return [...repositoryPhases(boot), ...mcp, buildRecord(boot)];
  }
  if (mode === "seed") return seedPhases(boot);
  return [...seedPhases(boot), ...adoptPhases(boot)];
}

/** What needs no repository. */
function seedPhases(boot: Boot): BootPhase[] {
  return [
    stage(boot),
    ...(prefetchPays(boot) ? [prefetch(boot)] : []),
    agentSpawn(boot),
    agentListening(boot),
    // npm would take a core from the agent while it starts.
    ...(wantsMcpPackages(boot) ? [agentMcp(boot, ["agent.listening"])] : []),
    ...boot.sidecars.map(sidecar),
  ];
}

/** An agent that starts at once reads its program itself, and a reader beside it only takes a core (decision 3). */
function prefetchPays({ config: { agent } }: Boot): boolean {
  return (
    agent.prefetch === "always" || (agent.prefetch === "auto" && agent.start === "after-hooks")
  );
}

/** What is left when a seed is given its repositories. */
export function adoptPhases(boot: Boot): BootPhase[] {
  const folder = folderToAssemble(boot);
  return [
    ...repositoryPhases(boot),
    ...(folder === null ? [] : [workspaceAssemble(boot, folder)]),
    agentSession(boot),
    bridge(boot),
    ready(boot),
  ];
}

function repositoryPhases(boot: Boot): BootPhase[] {
  const { mode, repositories } = boot.config;
  const setup = mode === "fresh" || mode === "build" || mode === "seed";
  const start = mode !== "build";
  return repositories.flatMap((repository) => [
    workspaceSync(boot, repository),
    ...(setup ? [hookSetup(boot, repository)] : []),
    ...(start ? [hookStart(boot, repository, setup)] : []),
  ]);
}
