import type { StagePool } from "@sandboot/stager";
import type { AgentReads } from "../../agents/agent-reads.ts";
import type { AgentReportTracker } from "../../agents/agent-report.ts";
import type { AgentPackages, InSpareTime } from "../../agents/driver.ts";
import type { Skill } from "../../agents/skills/page.ts";
import type { Clock } from "../../base/clock.ts";
import type { Agent, Config } from "../../config/config.ts";
import type { Setting } from "../../config/git-env.ts";
import type { BootTrace } from "../../observe/telemetry/boot-trace.ts";
import type { Grace } from "../../process/grace.ts";
import type { ManagedProcess } from "../../process/supervise/managed-process.ts";
import type { Supervisor } from "../../process/supervise/supervisor.ts";
import type { BuildRecord, EventBody, PhasePlan } from "../../protocol/index.ts";
import type { SyncResult } from "../../workspace/git/sync.ts";
import type { PhaseContext } from "../graph/phase.ts";

/**
 * A phase of a boot: data that follows from the configuration, and what it does.
 *
 * Each file in this folder exports a function of the configuration that makes one phase, or several, or none.
 */
export interface BootPhase<Id extends string = string> {
  readonly plan: Readonly<PhasePlan> & { readonly id: Id };
  /** @see PhaseWork.run; `parts` is typed with the parts that this phase uses, and no others. */
  readonly run: (parts: BootParts, context: BootContext) => Promise<OutputOf<Id>>;
  /** Files that decide what this phase does. A retry runs it again when one of them has changed. */
  readonly inputs?: readonly string[];
  /** @see PhaseWork.foresee */
  readonly foresee?: (parts: BootParts, signal: AbortSignal) => Promise<void>;
}

/** The credentials of git's remotes. */
interface GitCredentialsOfPhases {
  /** By which a git that talks to a remote gets them. Nothing in it is secret. */
  settings(): Promise<readonly Setting[]>;
  /** How often a remote has not taken one. */
  readonly rejections: number;
}

export type BootContext = PhaseContext<PhaseOutputs>;

/** What phases give to those that need them, by phase id. A phase whose output nobody reads is not listed. */
export interface PhaseOutputs {
  // Those of an agent beside the primary one have its id after a colon, and null when an earlier one has failed.
  "agent.home": { readonly isPrepared: true };
  "agent.spawn": { readonly pid: number } | null;
  "agent.listening": { readonly url: URL };
  "agent.session": { readonly directory: string } | null;
  [sync: `workspace.sync:${string}`]: SyncResult;
  bridge: { readonly url: string | null };
  "skills.fetch": readonly Skill[];
  /** `undo` puts back what was in the files that it has changed. */
  "build.record": BuildRecord;
  "agent.binding": { readonly undo: () => Promise<void> };
}

type OutputOf<Id extends string> = Id extends keyof PhaseOutputs ? PhaseOutputs[Id] : unknown;

/** What phases of one agent work with. */
export interface AgentParts {
  readonly id: Agent["id"];
  readonly process: ManagedProcess;
  readonly reads: AgentReads;
  readonly report: AgentReportTracker;
  /** The packages of this sandbox's workspaces. Only for an agent that has such. */
  readonly packages: () => Promise<AgentPackages>;
  /** The process that runs now has opened the workspace. */
  readonly opened: () => void;
  /**
   * Lets prompts in that wait at its door, then all that come. From then on restarts of the agent are answered. A process that
   * was started after {@link opened} opens the workspace first.
   *
   * @param directory - The workspace that the agent has opened.
   * @returns How many waited.
   */
  readonly openDoor: (directory: string, signal: AbortSignal) => Promise<number>;
  /** Refuses prompts during the boot, because it can no longer come to its session. */
  readonly refusePrompts: (reason: string) => void;
  /** Refuses prompts, until a restart of the agent opens the workspace. */
  readonly shutDoor: (directory: string, reason: string) => void;
  /** The boot has failed: until the next {@link openDoor}, its phases answer restarts. */
  readonly pause: () => void;
}

/** What phases can ask for: the things of a sandbox that run or hold state. `makeParts` makes them. */
export interface BootParts {
  readonly clock: Clock;
  readonly emit: (event: EventBody) => void;
  /** Threads for file work. */
  readonly pool: StagePool;
  /** Does file work for which nobody waits, and which no prompt waits for. */
  readonly inSpareTime: InSpareTime;
  /** Resolves when nobody waits for the agent, or the signal is aborted. */
  readonly untilIdle: (signal: AbortSignal) => Promise<void>;
  /** How long processes get to end. */
  readonly grace: Grace;
  /** Makes a hook's spans part of the boot's trace; null without telemetry. */
  readonly trace: Pick<BootTrace, "envOf"> | null;
  /** Every agent, the primary one first. */
  readonly agents: readonly AgentParts[];
  /** The parts of one agent. */
  readonly agentOf: (agent: Pick<Agent, "id">) => AgentParts;
  /** The configuration that holds now: after a binding, the tenant's. */
  readonly present: () => Config;
  /** Calls `listener` when another configuration holds. @returns the call that ends this. */
  readonly onPresent: (listener: () => void) => () => void;
  readonly gitCredentials: GitCredentialsOfPhases;
  /** All supervised processes, sidecars among them. */
  readonly processes: Pick<Supervisor, "get" | "list">;
  /** Starts a bridge that the config names to be started first. Prompts still wait. */
  readonly startBridge: () => Promise<number>;
  /**
   * Lets prompts in: first those that wait, then all that come.
   *
   * @param directory - The workspace that the agent has opened.
   * @returns Where prompts go, and how many waited. The address is null when the config's own bridge has none.
   */
  readonly openBridge: (
    directory: string,
    signal: AbortSignal,
  ) => Promise<{ readonly url: string | null; readonly held: number }>;
  /** Refuses prompts with this reason, until the phase `bridge` lets them in again. */
  readonly closeBridge: (reason: string) => void;
  /** Tells everybody that the agent is warm, the first time. */
  readonly reachWarm: () => void;
  /** Tells of an image that is built. `durationMs`: since the start of the runtime. */
  readonly tellBuilt: (
    record: BuildRecord,
    durationMs: number,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Runs a step at the end of the sandbox. */
  readonly defer: (step: () => Promise<void>) => void;
}
