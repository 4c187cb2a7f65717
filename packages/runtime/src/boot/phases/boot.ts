import type { StagePool } from "@sandboot/stager";
import type { AgentReads } from "../../agents/agent-reads.ts";
import type { AgentReportTracker } from "../../agents/agent-report.ts";
import type { AgentDriver, AgentPaths } from "../../agents/driver.ts";
import type { Clock } from "../../base/clock.ts";
import type { Config } from "../../config/config.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { BootTrace } from "../../observe/telemetry/boot-trace.ts";
import type { Grace } from "../../process/grace.ts";
import type { ManagedProcess } from "../../process/supervise/managed-process.ts";
import type { Sidecar } from "../../sidecars/sidecar.ts";

/** What the phases of one boot share. Put together in `boot/compose.ts`; phases take from it and never reach around it. */
export interface Boot {
  readonly config: Config;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly pool: StagePool;
  readonly grace: Grace;
  /** `<stateDir>/runtime.sock`, for hooks and the panel. */
  readonly socketPath: string;
  /** What makes a hook's spans part of the boot's trace; null without telemetry. */
  readonly trace: Pick<BootTrace, "envOf"> | null;

  readonly agent: AgentDriver;
  readonly agentPaths: AgentPaths;
  readonly agentProcess: ManagedProcess;
  readonly agentReads: AgentReads;
  readonly agentReport: AgentReportTracker;
  /** The agent's executable on disk, or null when PATH has none. */
  agentProgram(): Promise<string | null>;
  /** Aborted when the agent reads its program itself. */
  readonly prefetchOver: AbortController;

  readonly sidecars: readonly Sidecar[];
  /** Ids of the hook phases (or syncs) that must have ended before the agent may read the workspace (C2). */
  readonly hookIds: readonly string[];

  /** Lets the requests in that waited, and all that come. */
  openBridge(
    directory: string,
    signal: AbortSignal,
  ): Promise<{ readonly url: string; readonly held: number }>;
  /** Where a person opens the sidecars that have such a place. */
  sidecarUrls(): Readonly<Record<string, string>>;
}
