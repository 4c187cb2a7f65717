import type { AgentReportTracker } from "../agents/agent-report.ts";
import { describeCrash } from "../process/supervise/crash.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";

/**
 * Notes in the report when the agent is started again before it has opened the workspace: nothing else has to be done
 * about it then.
 *
 * @returns The call that ends it.
 */
export function noteEarlyRestarts(process: ManagedProcess, report: AgentReportTracker): () => void {
  let reason: string | null = null;
  return process.subscribe(() => {
    const state = process.current;
    if (state.id === "crashed") reason = describeCrash(state.crash);
    if (state.id !== "running" || reason === null) return;
    report.update({ pid: state.child.pid });
    report.restarted({ reason, paths: [] });
    reason = null;
  });
}
