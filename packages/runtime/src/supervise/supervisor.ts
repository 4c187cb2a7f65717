import type { Clock } from "../clock.ts";
import type { Redactor } from "../process/redact.ts";
import type { EventBody } from "../protocol/index.ts";
import { ManagedProcess, type ManagedProcessOptions } from "./managed-process.ts";

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly emit: (event: EventBody) => void;
}

/** All long-lived processes of a runtime, in the order in which they were added. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes = new Map<string, ManagedProcess>();
  /** Ids in the order of their (last) start: the reverse is the order of ending. */
  readonly #startOrder: string[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  add(options: ManagedProcessOptions): ManagedProcess {
    const { clock, redactor, emit } = this.#options;
    const process = new ManagedProcess(options, {
      clock,
      redactor,
      onChange: (state) => {
        if (state.status.id === "starting") this.#startOrder.push(options.id);
        emit({ type: "process.changed", process: state });
      },
    });
    this.#processes.set(options.id, process);
    return process;
  }

  get(id: string): ManagedProcess | undefined {
    return this.#processes.get(id);
  }

  /** Ends every process, the one that was started last first; resolves when none lives. */
  async stopAll(options: { graceMs: number; hurry?: AbortSignal }): Promise<void> {
    const order = [...new Set(this.#startOrder.toReversed())];
    for (const id of order) await this.#processes.get(id)?.stop(options);
  }
}
