import { type Admission, byAuthorization, byBearer } from "../base/bearer.ts";
import { fromOwnSite } from "../base/site.ts";
import { type Bridge, startBridge } from "../bridge/bridge.ts";
import type { Destination } from "../bridge/destination.ts";
import { Gate } from "../bridge/gate.ts";
import { listensOnPort } from "../config/bridge-port.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { Grace } from "../process/grace.ts";
import { assertPortFree, listenFailure } from "../process/ports.ts";
import type { BridgeState, RuntimeState } from "../protocol/index.ts";

/** What a bridge has to know of its agent besides the address. */
export interface AgentBehindBridge extends Pick<Destination, "watch"> {
  readonly access: Readonly<Record<string, string>>;
}

/**
 * Our bridge with its gate. Its port is open from the start of the boot. The gate holds prompts until the phase `bridge`
 * (C3), and later whenever the agent is down. Every change of the gate is an event.
 */
export class GatedBridge {
  readonly #present: () => Config;
  readonly #bus: EventBus;
  readonly #gate: Gate;
  readonly #to: AgentBehindBridge;
  #bridge: Bridge | undefined;
  #workspaceHeaders: Readonly<Record<string, string>> = {};
  /** While it is frozen: what puts the gate where it would be. */
  #afterThaw: (() => void) | null = null;

  /** @param present - The configuration that holds now. Its token is asked for at every request. */
  constructor(present: () => Config, bus: EventBus, to: AgentBehindBridge) {
    const { maxHeld, holdSeconds } = present().bridge;
    this.#present = present;
    this.#bus = bus;
    this.#to = to;
    this.#gate = new Gate({ maxHeld, holdMs: milliseconds(holdSeconds) });
  }

  /**
   * Opens the port. Requests that come now wait.
   *
   * @throws Failed `port-in-use` that names the port and its holder.
   */
  async listen(): Promise<void> {
    const { agent, bridge } = this.#present();
    // An external bridge has the configured port. It reaches the agent through this bridge, so that C3 holds for it, too.
    const isInner = bridge.command !== undefined;
    if (isInner && listensOnPort(bridge)) {
      await assertPortFree(bridge.port, "bridge.port");
    }
    try {
      this.#bridge = await startBridge({
        host: isInner ? "127.0.0.1" : bridge.host,
        port: isInner ? 0 : bridge.port,
        admit: (incoming) => this.#admission(isInner)(incoming),
        upstream: { host: "127.0.0.1", port: agent.port },
        defaultHeaders: () => this.#workspaceHeaders,
        ...this.#to,
        gate: this.#gate,
        progress: () => progressOf(this.#bus.state),
      });
    } catch (error) {
      throw await listenFailure(error, bridge.port, "bridge.port");
    }
  }

  get url(): string {
    if (this.#bridge === undefined) throw new Error("the bridge does not listen yet");
    return this.#bridge.url;
  }

  /** Directs requests that name no workspace to the one that these headers name. */
  setDefaultWorkspace(headers: Readonly<Record<string, string>>): void {
    this.#workspaceHeaders = headers;
  }

  /**
   * Lets in the requests that wait, in order, then all that come.
   *
   * @returns How many waited.
   */
  open(): number {
    if (this.#isPutOff(() => this.open())) return 0;
    const { held } = this.#gate;
    this.#gate.open();
    this.#emit("open", null, held);
    return held;
  }

  /** Makes requests wait. */
  hold(reason: string | null): void {
    if (this.#isPutOff(() => this.hold(reason))) return;
    this.#gate.hold();
    this.#emit("holding", reason);
  }

  /** Refuses requests, because the agent comes back only when somebody starts it. */
  refuse(reason: string): void {
    if (this.#isPutOff(() => this.refuse(reason))) return;
    const { held } = this.#gate;
    this.#gate.refuse();
    this.#emit("refusing", reason, held);
  }

  /**
   * Refuses requests until {@link thaw}, whatever the agent does. Cuts streams; other requests that are under way may finish
   * until the signal is aborted.
   *
   * @returns How many have not.
   */
  async freeze(reason: string, until: AbortSignal): Promise<number> {
    const { bridge } = this.#bus.state;
    this.refuse(reason);
    this.#afterThaw = () => {
      if (bridge?.gate === "open") this.open();
      else if (bridge?.gate === "refusing") this.refuse(bridge.reason ?? reason);
      else this.hold(bridge?.reason ?? null);
    };
    return (await this.#bridge?.settle(until)) ?? 0;
  }

  get isFrozen(): boolean {
    return this.#afterThaw !== null;
  }

  thaw(): void {
    const put = this.#afterThaw;
    this.#afterThaw = null;
    put?.();
  }

  /** Closes the port for good. Requests that are under way may finish within the grace. */
  async close({ graceMs, hurry }: Grace): Promise<void> {
    this.#gate.end();
    await this.#bridge?.close(AbortSignal.any([hurry, AbortSignal.timeout(graceMs)]));
  }

  #admission(isInner: boolean): Admission {
    const { bridge, mode, bound } = this.#present();
    if (isInner) {
      return bridge.agentAccess === "open"
        ? fromOwnSite([])
        : byAuthorization(this.#to.access["authorization"]);
    }
    const { token, host, allowedHosts } = bridge;
    // It waits for the binding, and is asked again when the gate opens: nobody knows its token yet.
    if (token === null && mode === "seed" && bound === null) return () => null;
    // No page of another site has the token.
    return token === null ? fromOwnSite([host, ...allowedHosts]) : byBearer(token);
  }

  #isPutOff(put: () => void): boolean {
    if (this.#afterThaw === null) return false;
    this.#afterThaw = put;
    return true;
  }

  #emit(gate: BridgeState["gate"], reason: string | null, held = this.#gate.held): void {
    const before = this.#bus.state.bridge;
    if (before?.gate === gate && before.reason === reason) return;
    this.#bus.emit({ type: "bridge.changed", bridge: { gate, reason, held } });
  }
}

/** What a request that waits in vain is told. */
function progressOf({ status, phases, bridge }: RuntimeState): string {
  if (status !== "booting" && bridge?.reason) return bridge.reason;
  const running = phases.filter((phase) => phase.status === "running").map(({ id }) => id);
  return running.length === 0 ? status : `${status}: ${running.join(", ")}`;
}
