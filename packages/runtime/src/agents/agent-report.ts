import type { Agent } from "../config/config.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { AgentReport } from "../protocol/index.ts";
import type { AgentSession } from "./driver.ts";

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

  /** The agent has answered the request for its session. One that needs authentication has none. */
  sessionAnswered(
    session: Pick<AgentSession, "sessionId" | "version" | "catalogue" | "authentication">,
    nowMs: number,
  ): void {
    const { sessionId, version, catalogue, authentication } = session;
    const sessionMs = authentication === null ? nowMs : null;
    this.update({ sessionId, version, catalogue, authentication, sessionMs });
  }

  /** The agent refuses clients until one has authenticated, though it may have a session. */
  authenticationRequired(authentication: NonNullable<AgentReport["authentication"]>): void {
    if (this.#report.authentication === null) this.update({ authentication });
  }

  /** A client has authenticated. */
  authenticated(): void {
    if (this.#report.authentication !== null) this.update({ authentication: null });
  }

  /** A client has opened a session. It is the agent's when there was none because of authentication. */
  sessionOpened(sessionId: string, nowMs: number): void {
    if (this.#report.sessionMs !== null) this.authenticated();
    else this.update({ authentication: null, sessionId, sessionMs: nowMs });
  }

  restarted(restart: AgentReport["restarts"][number]): void {
    this.update({ restarts: [...this.#report.restarts, restart] });
  }
}
