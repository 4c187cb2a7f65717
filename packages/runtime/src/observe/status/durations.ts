import { repositoryOf } from "../../protocol/derive/kind.ts";
import type { FirstAnswer, RuntimeEvent, RuntimeState } from "../../protocol/index.ts";
import type { EventBus } from "../events/bus.ts";
import { Histogram } from "./histogram.ts";

/**
 * How long boots, bindings, phases and the first answer took, over the runtime's whole life: the state has the last ones
 * alone, and a seed may be bound several times before it succeeds.
 */
export class Durations {
  /** By `outcome`: `ready`, `seeded` or `failed`. */
  readonly boots = new Histogram();
  /** By `outcome`: `ready` or `failed`. */
  readonly bindings = new Histogram();
  /** By `phase` and `status`. */
  readonly phases = new Histogram();
  /** By `part` and `kind`. */
  readonly firstAnswers = new Histogram();
  #answered = false;

  /** Counts what the bus tells from now on. */
  constructor(bus: Pick<EventBus, "subscribe">) {
    bus.subscribe((event, state) => this.#count(event, state));
  }

  #count(event: RuntimeEvent, { adopt }: RuntimeState): void {
    const ended = (outcome: string, atMs: number) =>
      adopt === undefined
        ? this.boots.observe({ outcome }, atMs)
        : this.bindings.observe({ outcome }, atMs - adopt.requestedMs);
    switch (event.type) {
      case "phase.ended": {
        const { id, status, startMs, endMs } = event;
        if (startMs !== null) {
          this.phases.observe({ phase: withoutRepository(id), status }, endMs - startMs);
        }
        break;
      }
      case "boot.seeded":
        ended("seeded", event.seededMs);
        break;
      case "boot.ready":
        ended("ready", event.readyMs);
        break;
      case "boot.failed":
      case "adopt.failed":
        ended("failed", event.ms);
        break;
      case "agent.changed":
        this.#countAnswer(event.agent.firstAnswer);
        break;
      default:
    }
  }

  /** Every later change of the agent's report repeats the first answer. */
  #countAnswer(first: FirstAnswer | null): void {
    if (first === null || this.#answered) return;
    this.#answered = true;
    const { kind, headersMs, firstByteMs, endMs } = first;
    const parts = { headers: headersMs, first_byte: firstByteMs, end: endMs };
    for (const [part, ms] of Object.entries(parts)) {
      if (ms !== null) this.firstAnswers.observe({ part, kind }, ms);
    }
  }
}

/** Names of repositories are a tenant's, and each would make metrics of its own. */
function withoutRepository(id: string): string {
  const repository = repositoryOf({ id });
  return repository === null ? id : id.slice(0, -repository.length - 1);
}
