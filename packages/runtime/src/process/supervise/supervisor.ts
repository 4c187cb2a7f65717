import { Failed } from "../../base/failed.ts";
import type { EventBody, ProcessState } from "../../protocol/index.ts";
import { ManagedProcess } from "./managed-process.ts";
import type { ManagedProcessOptions, SupervisionParts } from "./options.ts";

export interface SupervisorOptions extends SupervisionParts {
  readonly emit: (event: EventBody) => void;
}

/** All long-lived processes of a runtime, in the order in which they were added. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes = new Map<string, ManagedProcess>();
  /**
   * Ids in the order of their first start. The end stops them in reverse. A process that is restarted keeps its place,
   * because processes that were started after it still depend on it.
   */
  readonly #startOrder = new Set<string>();
  /** The addresses that events have told, by id. */
  readonly #toldUrls = new Map<string, string | null>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  add(options: ManagedProcessOptions): ManagedProcess {
    const process = new ManagedProcess(options, this.#options);
    process.subscribe(() => {
      const { state } = process;
      if (state.status.id === "starting") this.#startOrder.add(options.id);
      this.#tell(state);
    });
    this.#processes.set(options.id, process);
    return process;
  }

  /** Tells of processes that have another address now, because another configuration holds. */
  tellNewAddresses(): void {
    for (const { id, state } of this.#processes.values()) {
      const told = this.#toldUrls.get(id);
      if (told !== undefined && told !== state.url) this.#tell(state);
    }
  }

  list(): readonly ManagedProcess[] {
    return [...this.#processes.values()];
  }

  /** @throws Failed `no-such-process` */
  get(id: string): ManagedProcess {
    const process = this.#processes.get(id);
    if (process !== undefined) return process;
    throw new Failed({ code: "no-such-process", process: id, known: [...this.#processes.keys()] });
  }

  /**
   * Starts a process unless it runs. Resolves when it has been started; it may not be ready yet.
   *
   * @throws Failed `no-such-process`, `not-installed`, `not-started` or `shutting-down`.
   */
  async start(id: string): Promise<ProcessState> {
    const process = this.get(id);
    process.supervise();
    await process.start();
    return process.state;
  }

  /**
   * Ends a process and all that it started, whatever its state. It stays stopped until a command starts it.
   *
   * @throws Failed `no-such-process` or `processes-survived`
   */
  async stop(id: string): Promise<ProcessState> {
    const process = this.get(id);
    await process.stop();
    return process.state;
  }

  /** Stops a process if it runs, then starts it. @throws as {@link start} and {@link stop}. */
  async restart(id: string): Promise<ProcessState> {
    const process = this.get(id);
    process.supervise();
    await process.restart();
    return process.state;
  }

  /** A seed is being adopted: what is less urgent starts at low priority, as in a boot. */
  lowerPriorities(): void {
    for (const process of this.list()) process.lowerPriority();
  }

  /** Back to normal priority for every process, because the agent is ready. */
  async restorePriorities(): Promise<void> {
    await Promise.all(this.list().map((process) => process.restorePriority()));
  }

  /**
   * Ends every process for good, in the reverse order of their first start. Resolves when none lives.
   *
   * @throws AggregateError of Failed `processes-survived`, after all other processes have ended.
   */
  async stopAll(): Promise<void> {
    for (const process of this.#processes.values()) process.retire();
    const errors: unknown[] = [];
    for (const id of [...this.#startOrder].toReversed()) {
      await this.get(id)
        .stop()
        .catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join("; "));
  }

  #tell(process: ProcessState): void {
    this.#toldUrls.set(process.id, process.url);
    this.#options.emit({ type: "process.changed", process });
  }
}
