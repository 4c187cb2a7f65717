import type { AgentSession } from "../../agents/driver.ts";
import type { BuildRecord, StageReport } from "../../protocol/index.ts";
import type { SyncResult } from "../../workspace/git/sync.ts";
import type { HookResult } from "../../workspace/hooks/run-hook.ts";
import type { Phase, PhaseContext } from "../graph/phase.ts";

/** What each phase gives to those that need it. A phase can read only these, and only of phases it needs. */
export interface PhaseOutputs {
  stage: StageReport;
  prefetch: { readonly bytes: number };
  "agent.spawn": { readonly pid: number };
  "agent.mcp": undefined;
  "agent.listening": { readonly url: URL };
  [sync: `workspace.sync:${string}`]: SyncResult;
  [setup: `hook.setup:${string}`]: HookResult;
  [start: `hook.start:${string}`]: HookResult;
  "workspace.assemble": undefined;
  "build.record": BuildRecord;
  "agent.session": AgentSession;
  [sidecar: `sidecar.${string}`]: { readonly pid: number | null };
  bridge: { readonly url: string };
  ready: { readonly readyMs: number };
}

export type BootPhase = Phase<PhaseOutputs>;
export type BootPhaseContext = PhaseContext<PhaseOutputs>;
