import type { Agent } from "../config/config.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { AgentReport } from "../protocol/index.ts";

/** What is known of an agent so far; every change is an event. */
export class AgentReportTracker {
  readonly #bus: EventBus;
  readonly #isPrimary: boolean;
  #report: AgentReport;

  constructor(bus: EventBus, name: string, { id, isPrimary }: Pick<Agent, "id" | "isPrimary">) {
    this.#bus = bus;
    this.#isPrimary = isPrimary;
    this.#report = {
      ...(id !== null && { id }),
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
    const type = this.#isPrimary ? "agent.changed" : "other-agent.changed";
    this.#bus.emit({ type, agent: this.#report });
  }

  restarted(restart: AgentReport["restarts"][number]): void {
    this.update({ restarts: [...this.#report.restarts, restart] });
  }
}
