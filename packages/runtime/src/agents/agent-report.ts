import type { EventBus } from "../observe/events/bus.ts";
import type { AgentReport } from "../protocol/index.ts";

/** What is known of the agent so far; every change is an event. */
export class AgentReportTracker {
  readonly #bus: EventBus;
  #report: AgentReport;

  constructor(bus: EventBus, name: string) {
    this.#bus = bus;
    this.#report = {
      name,
      version: null,
      url: null,
      pid: null,
      spawnedMs: null,
      listeningMs: null,
      sessionId: null,
      sessionMs: null,
      catalogue: null,
      authentication: null,
      firstAnswer: null,
      restarts: [],
    };
  }

  update(change: Partial<AgentReport>): void {
    this.#report = { ...this.#report, ...change };
    this.#bus.emit({ type: "agent.changed", agent: this.#report });
  }

  restarted(restart: AgentReport["restarts"][number]): void {
    this.update({ restarts: [...this.#report.restarts, restart] });
  }
}
