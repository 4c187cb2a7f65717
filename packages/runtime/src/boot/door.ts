import { type Bridge, startBridge } from "../bridge/bridge.ts";
import { Gate } from "../bridge/gate.ts";
import type { Config } from "../config/config.ts";
import type { EventBus } from "../events/bus.ts";
import { portInUse } from "../process/ports.ts";
import type { RuntimeState } from "../protocol/index.ts";

/** The bridge's port: open from the start, its gate shut until the phase `bridge` (C3). */
export class Door implements AsyncDisposable {
  readonly #config: Config;
  readonly #bus: EventBus;
  readonly #gate: Gate;
  #bridge: Bridge | undefined;

  constructor(config: Config, bus: EventBus) {
    const { maxHeld, holdSeconds } = config.bridge;
    this.#config = config;
    this.#bus = bus;
    this.#gate = new Gate({ maxHeld, holdMs: holdSeconds * 1000 });
  }

  /**
   * Takes the port; those who come now wait.
   *
   * @throws PhaseFailure `port-in-use` that names the port and its holder.
   */
  async listen(): Promise<void> {
    const { agent, bridge } = this.#config;
    try {
      this.#bridge = await startBridge({
        host: "127.0.0.1",
        port: bridge.port,
        token: bridge.token,
        upstream: new URL(`http://127.0.0.1:${agent.port}`),
        gate: this.#gate,
        progress: () => progressOf(this.#bus.state),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      throw await portInUse(bridge.port, "bridge.port");
    }
  }

  /** Lets in those who waited, in order, then everyone. */
  open(): { readonly url: string; readonly held: number } {
    if (this.#bridge === undefined) throw new Error("the door has no port yet");
    const { held } = this.#gate;
    this.#gate.open();
    return { url: this.#bridge.url, held };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gate.end();
    await this.#bridge?.[Symbol.asyncDispose]();
  }
}

function progressOf({ status, phases }: RuntimeState): string {
  const running = phases.filter((phase) => phase.status === "running").map(({ id }) => id);
  return running.length === 0 ? status : `${status}: ${running.join(", ")}`;
}
