import type { EventBus } from "../observe/events/bus.ts";
import type { RuntimeControl } from "../observe/status/control.ts";
import type { Supervisor } from "../process/supervise/supervisor.ts";
import type { BootReport, RuntimeEvent, RuntimeState } from "../protocol/index.ts";
import type { AdoptAdmission } from "./adopt/adopt-admission.ts";
import { answerAdopt } from "./adopt/ways-in/answer.ts";
import type { RetryAdmission } from "./recovery/retry-admission.ts";
import type { StopRequest } from "./stop.ts";

export interface ControlParts {
  readonly bus: EventBus;
  readonly supervisor: Supervisor;
  readonly stop: StopRequest;
  /** Where boots are recorded. */
  readonly historyFolder: string;
  readonly retries: RetryAdmission;
  /** Null when this is no seed. */
  readonly adopts: AdoptAdmission | null;
}

/** What the status API can see of this sandbox and do to it. */
export function controlOf({
  bus,
  supervisor,
  stop,
  historyFolder,
  retries,
  adopts,
}: ControlParts): RuntimeControl {
  const outcome = watchOutcome(bus);
  return {
    bus,
    processes: supervisor,
    report: async () => {
      const ended = outcome();
      if (ended === null) return null;
      const { buildReport } = await import("../report/build-report.ts");
      return buildReport(ended.state, ended.outcome, ended.readyByThen);
    },
    history: async () => {
      const { readSummaries } = await import("../report/history/summaries.ts");
      return readSummaries(historyFolder);
    },
    shutdown: (reason) => stop.ask(reason),
    retry: (from) => retries.retry(from),
    adopt: adopts === null ? null : (request) => answerAdopt(adopts, request, "request"),
  };
}

interface Ended {
  readonly outcome: BootReport["outcome"];
  readonly readyByThen: readonly string[];
  readonly state: RuntimeState;
}

/** Follows how the last boot or adopt ended. The state is the present one, or that at the start of the shutdown. */
function watchOutcome(bus: EventBus): () => Ended | null {
  let last: Omit<Ended, "state"> | null = null;
  let atEnd: RuntimeState | null = null;
  bus.subscribe((event, state) => {
    if (event.type === "shutdown.started") atEnd = state;
    const outcome = outcomeOf(event, state);
    if (outcome === null) return;
    const readyByThen = event.type === "boot.failed" ? event.readyByThen : [];
    last = { outcome, readyByThen };
  });
  return () => (last === null ? null : { ...last, state: atEnd ?? bus.state });

  function outcomeOf(event: RuntimeEvent, state: RuntimeState): BootReport["outcome"] | null {
    switch (event.type) {
      case "boot.ready":
        return "ready";
      case "boot.seeded":
      case "adopt.failed":
        return "seeded";
      case "boot.failed":
        return "failed";
      case "shutdown.started":
        if (last !== null) return null;
        return state.mode === "build" ? "built" : "cancelled";
      default:
        return null;
    }
  }
}
