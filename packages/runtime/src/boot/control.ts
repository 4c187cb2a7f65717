import { Failed } from "../base/failed.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { RuntimeControl } from "../observe/status/control.ts";
import type { Supervisor } from "../process/supervise/supervisor.ts";
import type { BootReport, RuntimeEvent, RuntimeState } from "../protocol/index.ts";
import type { AdoptAdmission } from "./adopt/adopt-admission.ts";
import { answerAdopt } from "./adopt/ways-in/answer.ts";
import type { GitCredentials } from "./git-credentials.ts";
import type { Pauses } from "./pause/pauses.ts";
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
  /** What deals with pauses. */
  readonly pauses: () => Promise<Pauses>;
  readonly isFrozen: () => boolean;
  readonly gitCredentials: Pick<GitCredentials, "answer">;
}

/** What the status API can see of this sandbox and do to it. */
export function controlOf({
  bus,
  supervisor,
  stop,
  historyFolder,
  retries,
  adopts,
  pauses,
  isFrozen,
  gitCredentials,
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
    gitCredential: (request) => gitCredentials.answer(request),
    shutdown: (reason) => stop.ask(reason),
    retry: async (from) => {
      if (isFrozen()) throw new Failed({ code: "frozen" });
      return await retries.retry(from);
    },
    freeze: async (waitMs) => {
      const answer = await (await pauses()).freeze(waitMs);
      if (answer.frozen) return answer;
      // What it was at is still being stopped.
      const status = stop.stop.aborted ? "stopping" : answer.status;
      throw new Failed({ code: "cannot-freeze", status });
    },
    thaw: async (binding) => {
      if (binding !== undefined && adopts === null) {
        throw new Failed({ code: "not-a-seed", mode: bus.state.mode });
      }
      const answer = await (await pauses()).thaw();
      if (binding === undefined || adopts === null) return answer;
      return { ...answer, adopted: await answerAdopt(adopts, binding, "request") };
    },
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
