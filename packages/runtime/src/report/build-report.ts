import { criticalChain } from "../protocol/derive/critical-chain.ts";
import { warningsOf } from "../protocol/derive/warnings.ts";
import type { BootReport, RuntimeState } from "../protocol/index.ts";
import { SCHEMA_VERSION } from "../protocol/version.ts";

/**
 * Makes the report of a boot from its state.
 *
 * @param readyByThen - Ids of the phases that had ended well when the boot failed.
 */
export function buildReport(
  state: RuntimeState,
  outcome: BootReport["outcome"],
  readyByThen: readonly string[] = [],
): BootReport {
  const { phases, fatal, adopt, attempts } = state;
  const critical = new Set(criticalChain({ phases, fatal, adopt }));
  return {
    schemaVersion: SCHEMA_VERSION,
    runtimeVersion: state.runtimeVersion,
    sandboxId: state.sandboxId,
    mode: state.mode,
    outcome,
    readyMs: state.readyMs,
    warmMs: state.warmMs,
    startedAt: state.startedAt,
    phases: phases.map((phase) => ({ ...phase, critical: critical.has(phase.id) })),
    output: state.output,
    agent: state.agent,
    ...(state.otherAgents && { otherAgents: state.otherAgents }),
    stage: state.stage,
    processes: state.processes,
    urls: state.urls,
    ...(attempts !== undefined && { attempts }),
    ...(adopt !== undefined && { adopt }),
    warnings: warningsOf(state).map(({ source, ...warning }) => ({ phase: source, ...warning })),
    fatal: fatal === null ? null : { ...fatal, readyByThen: [...readyByThen] },
  };
}
