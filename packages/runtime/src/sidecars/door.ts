import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Admission } from "../base/bearer.ts";
import type { Address } from "../base/node-http.ts";
import { type Bridge, startBridge } from "../bridge/bridge.ts";
import { Gate } from "../bridge/gate.ts";
import { listenFailure } from "../process/ports.ts";
import { describeCrash } from "../process/supervise/crash.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";

export interface DoorOptions {
  readonly host: string;
  readonly port: number;
  /** The config key that gives the port, for messages. */
  readonly portKey: string;
  readonly admit: Admission;
  /** Answers what is asked of the door itself. @returns whether it was that. */
  readonly answers?: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;
  /** Removes what a request has for the door alone. Default: `authorization`. */
  readonly withoutCredentials?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders;
  readonly process: ManagedProcess;
  /** Where the process listens. */
  readonly upstream: Address;
}

/** How many browsers may wait while the process restarts, and how long. Pages of editors and terminals retry by themselves. */
const HOLD = { maxHeld: 32, holdMs: 10_000 };

/**
 * A reverse proxy for a sidecar, which decides who gets in. It asks anew at each request, so that a binding changes who that
 * is without a restart of the sidecar. It holds requests while the sidecar starts or restarts. It refuses them, with the
 * reason, when the sidecar will not be restarted.
 */
export class Door {
  readonly #options: DoorOptions;
  readonly #gate = new Gate(HOLD);
  #bridge: Bridge | undefined;
  #unsubscribe = () => {};

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** @throws Failed `port-in-use` that names the port and its holder. */
  async listen(): Promise<void> {
    const { port, portKey, process } = this.#options;
    try {
      this.#bridge = await startBridge({
        ...this.#options,
        gate: this.#gate,
        progress: () => this.#progress(),
      });
    } catch (error) {
      throw await listenFailure(error, port, portKey);
    }
    this.#unsubscribe = process.subscribe(() => this.#follow());
    this.#follow();
  }

  /** Cuts the connections of those who would not get in now. */
  askAgain(): void {
    this.#bridge?.askAgain();
  }

  /** Cuts open connections, because those of terminals and editors would not end by themselves. */
  async close(): Promise<void> {
    this.#unsubscribe();
    this.#gate.end();
    await this.#bridge?.close(AbortSignal.abort());
  }

  #follow(): void {
    const state = this.#options.process.current;
    switch (state.id) {
      case "running":
        this.#gate.open();
        return;
      case "idle":
      case "starting":
      case "stopping":
      case "backoff":
        this.#gate.hold();
        return;
      case "crashed":
        if (state.answered) this.#gate.hold();
        else this.#gate.refuse();
        return;
      case "stopped":
      case "failed":
      case "not-installed":
        this.#gate.refuse();
        return;
      default:
        state satisfies never;
    }
  }

  #progress(): string {
    const { id, current } = this.#options.process;
    return "crash" in current ? `${id} ${describeCrash(current.crash)}` : `${id}: ${current.id}`;
  }
}
