import { criticalChain } from "../protocol/derive/critical-chain.ts";
import type { BootReport, RuntimeState } from "../protocol/index.ts";
import { SCHEMA_VERSION } from "../protocol/version.ts";

/**
 * One boot as a report, from the state that its events add up to.
 *
 * @param readyByThen - Ids of the phases that had ended well when the boot failed.
 */
export function buildReport(
  state: RuntimeState,
  outcome: BootReport["outcome"],
  readyByThen: readonly string[] = [],
): BootReport {
  const { phases, fatal, adopt } = state;
  const critical = new Set(criticalChain({ phases, fatal, adopt }));
  return {
    schemaVersion: SCHEMA_VERSION,
    runtimeVersion: state.runtimeVersion,
    sandboxId: state.sandboxId,
    mode: state.mode,
    outcome,
    readyMs: state.readyMs,
    startedAt: state.startedAt,
    phases: phases.map((phase) => ({ ...phase, critical: critical.has(phase.id) })),
    output: state.output,
    agent: state.agent,
    stage: state.stage,
    processes: state.processes,
    urls: state.urls,
    ...(adopt !== undefined && { adopt }),
    warnings: [
      ...phases.flatMap(({ id, warnings }) => warnings.map((message) => ({ phase: id, message }))),
      ...state.warnings.map(({ source, message }) => ({ phase: source, message })),
    ],
    fatal: fatal === null ? null : { ...fatal, readyByThen: [...readyByThen] },
  };
}
