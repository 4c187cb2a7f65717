import { byBearer } from "../base/bearer.ts";
import { type Bridge, startBridge } from "../bridge/bridge.ts";
import { Gate } from "../bridge/gate.ts";
import type { Config } from "../config/config.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { Grace } from "../process/grace.ts";
import { assertPortFree, portInUse } from "../process/ports.ts";
import type { BridgeState, RuntimeState } from "../protocol/index.ts";

/**
 * The bridge's port: open from the start, its gate shut until the phase `bridge` (C3), and whenever the agent is away.
 * Every change of the gate is an event.
 */
export class Door {
  readonly #config: Config;
  readonly #bus: EventBus;
  readonly #gate: Gate;
  #bridge: Bridge | undefined;
  #workspaceHeaders: Readonly<Record<string, string>> = {};

  constructor(config: Config, bus: EventBus) {
    const { maxHeld, holdSeconds } = config.bridge;
    this.#config = config;
    this.#bus = bus;
    this.#gate = new Gate({ maxHeld, holdMs: holdSeconds * 1000 });
  }

  /**
   * Takes the port; those who come now wait.
   *
   * @throws Failed `port-in-use` that names the port and its holder.
   */
  async listen(): Promise<void> {
    const { agent, bridge } = this.#config;
    const { readiness } = bridge;
    // Another bridge stands on the port. It reaches the agent through this door, so that C3 holds for it, too.
    const inner = bridge.command !== undefined;
    if (readiness !== undefined && ("http" in readiness || "tcp" in readiness)) {
      await assertPortFree(bridge.port, "bridge.port");
    }
    try {
      this.#bridge = await startBridge({
        host: inner ? "127.0.0.1" : bridge.host,
        port: inner ? 0 : bridge.port,
        admit: byBearer(inner ? null : bridge.token),
        upstream: new URL(`http://127.0.0.1:${agent.port}`),
        defaultHeaders: () => this.#workspaceHeaders,
        gate: this.#gate,
        progress: () => progressOf(this.#bus.state),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      throw await portInUse(bridge.port, "bridge.port");
    }
  }

  get url(): string {
    if (this.#bridge === undefined) throw new Error("the door has no port yet");
    return this.#bridge.url;
  }

  /** From now on requests that name no workspace are about the one that these headers name. */
  leadTo(workspaceHeaders: Readonly<Record<string, string>>): void {
    this.#workspaceHeaders = workspaceHeaders;
  }

  /**
   * Lets in those who waited, in order, then everyone.
   *
   * @returns How many waited.
   */
  open(): number {
    const { held } = this.#gate;
    this.#gate.open();
    this.#tell("open", null, held);
    return held;
  }

  /** Lets those who come wait again. */
  hold(reason: string): void {
    this.#gate.hold();
    this.#tell("holding", reason);
  }

  /** Lets nobody wait: there is nothing to wait for, unless a person does something. */
  refuse(reason: string): void {
    const { held } = this.#gate;
    this.#gate.refuse();
    this.#tell("refusing", reason, held);
  }

  /** For good; what is under way may finish within the grace. */
  async close({ graceMs, hurry }: Grace): Promise<void> {
    this.#gate.end();
    await this.#bridge?.close(AbortSignal.any([hurry, AbortSignal.timeout(graceMs)]));
  }

  #tell(gate: BridgeState["gate"], reason: string | null, held = this.#gate.held): void {
    const before = this.#bus.state.bridge;
    if (before?.gate === gate && before.reason === reason) return;
    this.#bus.emit({ type: "bridge.changed", bridge: { gate, reason, held } });
  }
}

function progressOf({ status, phases, bridge }: RuntimeState): string {
  if (status === "ready" && bridge?.reason) return bridge.reason;
  const running = phases.filter((phase) => phase.status === "running").map(({ id }) => id);
  return running.length === 0 ? status : `${status}: ${running.join(", ")}`;
}
