import { agentDriver } from "../../agents/registry.ts";
import { messageOf } from "../../base/failed.ts";
import { eachAgent } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import type { WorkById } from "../graph/graph-run.ts";
import { makePlan, type Plan } from "../graph/plan.ts";
import { agentBinding } from "./agent-binding.ts";
import { agentDoor } from "./agent-door.ts";
import { agentHome } from "./agent-home.ts";
import { agentListening } from "./agent-listening.ts";
import { agentMcp, agentMcpOfBinding } from "./agent-mcp.ts";
import { agentSession } from "./agent-session.ts";
import { agentSkills, skillsFetch } from "./agent-skills.ts";
import { agentSpawn } from "./agent-spawn.ts";
import { agentWarmDecoy } from "./agent-warm-decoy.ts";
import { agentWarmWorkspace } from "./agent-warm-workspace.ts";
import { binding } from "./binding.ts";
import { bridge, bridgeStart } from "./bridge.ts";
import { buildBudget } from "./build-budget.ts";
import { buildCallback } from "./build-callback.ts";
import { buildRecord } from "./build-record.ts";
import { hookSetup, hookStart } from "./hook.ts";
import type { BootParts, BootPhase, PhaseOutputs } from "./phase.ts";
import { prefetch } from "./prefetch.ts";
import { ready } from "./ready.ts";
import { sidecars } from "./sidecar.ts";
import { stage } from "./stage.ts";
import { waitFor } from "./wait-for.ts";
import { workspaceAssemble } from "./workspace-assemble.ts";
import { workspaceLink } from "./workspace-link.ts";
import { agentPackages, workspacePackages } from "./workspace-packages.ts";
import { workspaceSync } from "./workspace-sync.ts";

/** What ends phases early from outside of the graph: a prompt passes the bridge, the sandbox is frozen. */
const INTERRUPTS = ["prompt", "freeze"] as const;
export type Interrupts = Readonly<Record<(typeof INTERRUPTS)[number], AbortSignal>>;

type MakePhases = (config: Config) => BootPhase | readonly BootPhase[];

/** The phases of each agent, the primary one first. */
function ofEach(
  make: (agent: Config, earlier: readonly Config[]) => BootPhase | readonly BootPhase[],
): MakePhases {
  return (config) => eachAgent(config).flatMap((agent, at, all) => make(agent, all.slice(0, at)));
}

/**
 * The same, for phases without which an agent has no session: when one fails, an agent beside the primary one is not waited for at
 * its door any longer.
 */
function ofEachToItsSession(make: Parameters<typeof ofEach>[0]): MakePhases {
  return ofEach((config, earlier) => {
    const phases = [make(config, earlier)].flat();
    const { agent } = config;
    if (agent.isPrimary) return phases;
    return phases.map((phase) => ({
      ...phase,
      run: (parts, context) =>
        phase.run(parts, context).catch((error: unknown) => {
          parts.agentOf(agent).refusePrompts(messageOf(error));
          throw error;
        }),
    }));
  });
}

/** Phases that are about workspaces: those of the first agent that needs them. */
function ofOne(make: MakePhases): MakePhases {
  return (config) =>
    eachAgent(config)
      .map((agent) => [make(agent)].flat())
      .find((phases) => phases.length > 0) ?? [];
}

/** What needs no repository: a seed runs these, and then waits until it is adopted. */
const SEED: readonly MakePhases[] = [
  // First, so that a process that may start at once does.
  ofEachToItsSession(agentSpawn),
  stage,
  ofEach(seedPackages),
  prefetch,
  ofEachToItsSession(agentHome),
  ofEachToItsSession(agentListening),
  ofEach(agentMcp),
  sidecars,
];

/** What makes the agent faster in time that is left. After all others, so that it never starts before one of them. */
const WARM: readonly MakePhases[] = [agentWarmDecoy];

/** What needs the repositories: an adopt runs these. */
const ADOPT: readonly MakePhases[] = [
  bridgeStart,
  // First, so that a process that has to start again does.
  ofEachToItsSession(agentBinding),
  binding,
  ofEach(skillsFetch),
  ofEach(agentMcpOfBinding),
  waitFor,
  repositories,
  ofOne(workspaceAssemble),
  ofEach(workspaceLink),
  ofEach(agentSkills),
  ofEachToItsSession(agentSession),
  bridge,
  ready,
  ofEach(agentDoor),
  agentWarmWorkspace,
  ofEach(bootPackages),
];

/** What makes an image. */
const BUILD: readonly MakePhases[] = [
  buildBudget,
  ofOne(stageForPackages),
  repositories,
  ofEach(agentMcp),
  buildRecord,
  buildCallback,
];

/** A build starts no agent, and needs a stage only to copy packages from it. */
function stageForPackages(config: Config): readonly BootPhase[] {
  if (agentDriver(config).packages === null) return [];
  // The image of no repository is for all of them.
  return [
    stage(config),
    ...(config.repositories.length === 0 ? [agentPackages(config, [])].flat() : []),
  ];
}

function seedPackages(config: Config, earlier: readonly Config[]): BootPhase | [] {
  return config.mode === "seed" ? agentPackages(config, earlier) : [];
}

function bootPackages(config: Config, earlier: readonly Config[]): BootPhase | [] {
  return config.mode === "seed" ? [] : agentPackages(config, earlier);
}

/** The phases of each repository, one repository after the other. */
function repositories(config: Config): BootPhase[] {
  return config.repositories.flatMap((repository) =>
    [
      workspaceSync(config, repository),
      hookSetup(config, repository),
      ofOne((agent) => workspacePackages(agent, repository))(config),
      hookStart(config, repository),
    ].flat(),
  );
}

/**
 * The phases of a boot, by its mode. A new phase is one file in this folder and one line in the lists above; what it
 * needs stands in its own file.
 */
export function bootPhases(config: Config): BootPhase[] {
  switch (config.mode) {
    case "build":
      return phasesOf(BUILD, config);
    case "seed":
      return phasesOf([...SEED, ...WARM], config);
    case "fresh":
    case "repo_image":
    case "snapshot_restore":
      return phasesOf([...SEED, ...ADOPT, ...WARM], config);
    default:
      return config.mode satisfies never;
  }
}

/** The phases that remain when a seed is given its repositories. */
export function adoptPhases(config: Config): BootPhase[] {
  return phasesOf(ADOPT, config);
}

/** The plan of a boot with this configuration. Nothing is made or started for it. */
export function planBoot(config: Config): Plan {
  return planOf(bootPhases(config));
}

/** @param settled - Ids of phases that an earlier graph has settled. */
export function planOf(phases: readonly BootPhase[], settled: Iterable<string> = []): Plan {
  return makePlan(
    phases.map(({ plan }) => plan),
    { settled, interrupts: INTERRUPTS },
  );
}

/** Gives phases the parts that they work with. */
export function bindPhases(phases: readonly BootPhase[], parts: BootParts): WorkById<PhaseOutputs> {
  return new Map(
    phases.map(({ plan: { id }, run, foresee }) => [
      id,
      {
        run: (context) => run(parts, context),
        ...(foresee !== undefined && { foresee: (signal) => foresee(parts, signal) }),
      },
    ]),
  );
}

function phasesOf(makers: readonly MakePhases[], config: Config): BootPhase[] {
  return makers.flatMap((make) => make(config));
}
