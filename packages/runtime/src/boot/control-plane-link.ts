import type { ControlPlaneConfig } from "../config/control-plane.ts";
import type { ControlPlane } from "../observe/control-plane/control-plane.ts";
import type { PresentConfig } from "./adopt/present-config.ts";

/** @param number - 0 for the first connection of this runtime. */
type Connect = (config: ControlPlaneConfig, number: number) => ControlPlane;

/**
 * The connection to the control plane that the present configuration names. A binding may name another one, or another
 * sandbox: then the old connection ends, and the new one hears of everything from then on.
 */
export class ControlPlaneLink implements AsyncDisposable {
  readonly #connect: Connect;
  readonly #unsubscribe: () => void;
  readonly #ending = new Set<PromiseLike<void>>();
  #config: ControlPlaneConfig | null = null;
  #connection: ControlPlane | null = null;
  #number = 0;

  constructor(present: PresentConfig, connect: Connect) {
    this.#connect = connect;
    this.#follow(present.current.controlPlane);
    this.#unsubscribe = present.subscribe(({ controlPlane }) => this.#follow(controlPlane));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await Promise.all([...this.#ending, this.#connection?.[Symbol.asyncDispose]()]);
  }

  /** Sends what waits, for as long as the config allows. @returns How many messages are left. */
  async settle(): Promise<number> {
    return (await this.#connection?.settle()) ?? 0;
  }

  /** Tries at once what waits for its next attempt. */
  reconnect(): void {
    this.#connection?.reconnect();
  }

  #follow(config: ControlPlaneConfig | null): void {
    if (JSON.stringify(config) === JSON.stringify(this.#config)) return;
    const before = this.#connection;
    // It sends what it still has; nobody waits for that before the end of the sandbox.
    if (before !== null) this.#ending.add(before[Symbol.asyncDispose]());
    this.#config = config;
    this.#connection = config === null ? null : this.#connect(config, this.#number++);
  }
}
