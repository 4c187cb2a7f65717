import type { IncomingMessage } from "node:http";
import { type Admission, byAuthorization, byBearer } from "../base/bearer.ts";
import type { FailureValue } from "../base/failure.ts";
import { fromOwnSite } from "../base/site.ts";
import { takeAgentId } from "../bridge/agent-path.ts";
import { type Bridge, startBridge } from "../bridge/bridge.ts";
import type { Door } from "../bridge/destination.ts";
import { listensOnPort } from "../config/bridge-port.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { Grace } from "../process/grace.ts";
import { assertPortFree, listenFailure } from "../process/ports.ts";
import type { RuntimeState } from "../protocol/index.ts";
import { type AgentBehindDoor, GatedDoor } from "./gated-door.ts";

/** The agent behind a door, by its id in `agents` of the config; null in the short form. */
export interface DoorTo extends AgentBehindDoor {
  readonly id: string | null;
}

/**
 * Our bridge, with a door for each agent: the primary one's on every path, and `/agents/<id>/` for each of several. Its port is
 * open from the start of the boot.
 */
export class GatedBridge {
  readonly #present: () => Config;
  readonly #bus: EventBus;
  readonly #doors: readonly { readonly id: string | null; readonly door: GatedDoor }[];
  /** The primary agent's. */
  readonly main: GatedDoor;
  /** What the agents ask for: a bridge in place of ours has to send it, too. */
  readonly access: DoorTo["access"];
  #bridge: Bridge | undefined;

  /**
   * @param present - The configuration that holds now. Its token is asked for at every request.
   * @param primary - The only agent, or the primary one of several.
   */
  constructor(present: () => Config, bus: EventBus, primary: DoorTo, others: readonly DoorTo[]) {
    const { maxHeld, holdSeconds } = present().bridge;
    const limits = { maxHeld, holdMs: milliseconds(holdSeconds) };
    this.#present = present;
    this.#bus = bus;
    this.main = new GatedDoor(primary, limits);
    this.#doors = [
      { id: primary.id, door: this.main },
      ...others.map((agent) => ({ id: agent.id, door: new GatedDoor(agent, limits) })),
    ];
    const closed = [primary, ...others].find(({ access }) => "authorization" in access);
    this.access = closed?.access ?? {};
  }

  /**
   * Opens the port. Requests that come now wait.
   *
   * @throws Failed `port-in-use` that names the port and its holder.
   */
  async listen(): Promise<void> {
    const { bridge } = this.#present();
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
        ...this.#throughDoor(this.main),
        route: (incoming) => this.#route(incoming),
      });
    } catch (error) {
      throw await listenFailure(error, bridge.port, "bridge.port");
    }
  }

  get url(): string {
    if (this.#bridge === undefined) throw new Error("the bridge does not listen yet");
    return this.#bridge.url;
  }

  /** The door of an agent. */
  doorOf(id: string | null): GatedDoor {
    const found = this.#doors.find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no door to the agent ${id}`);
    return found.door;
  }

  /** Makes requests wait, at every door. */
  hold(reason: string | null): void {
    for (const { door } of this.#doors) door.hold(reason);
  }

  /** Refuses requests, at every door. */
  refuse(reason: string): void {
    for (const { door } of this.#doors) door.refuse(reason);
  }

  /**
   * Refuses requests until {@link thaw}, whatever the agents do. Cuts streams; other requests that are under way may finish
   * until the signal is aborted.
   *
   * @returns How many have not.
   */
  async freeze(reason: string, until: AbortSignal): Promise<number> {
    for (const { door } of this.#doors) door.freeze(reason);
    return (await this.#bridge?.settle(until)) ?? 0;
  }

  get isFrozen(): boolean {
    return this.main.isFrozen;
  }

  thaw(): void {
    for (const { door } of this.#doors) door.thaw();
  }

  /** Closes the port for good. Requests that are under way may finish within the grace. */
  async close({ graceMs, hurry }: Grace): Promise<void> {
    for (const { door } of this.#doors) door.gate.end();
    await this.#bridge?.close(AbortSignal.any([hurry, AbortSignal.timeout(graceMs)]));
  }

  /** The door that a request's path names. In the short form every path is the agent's own. */
  #route(incoming: IncomingMessage): Door | FailureValue {
    if (this.#doors[0]?.id === null) return this.#throughDoor(this.main);
    const id = takeAgentId(incoming);
    if (id === null) return this.#throughDoor(this.main);
    const found = this.#doors.find((one) => one.id === id);
    if (found !== undefined) return this.#throughDoor(found.door);
    const known = this.#doors.flatMap((one) => one.id ?? []);
    return { code: "no-such-agent", agent: id, known };
  }

  #throughDoor(door: GatedDoor): Door {
    const progress = () => progressOf(this.#bus.state, door);
    return { ...door.destination, gate: door.gate, progress };
  }

  #admission(isInner: boolean): Admission {
    const { bridge, mode, bound } = this.#present();
    if (isInner) {
      return bridge.agentAccess === "open"
        ? fromOwnSite([])
        : byAuthorization(this.access["authorization"]);
    }
    const { token, host, allowedHosts } = bridge;
    // It waits for the binding, and is asked again when the gate opens: nobody knows its token yet.
    if (token === null && mode === "seed" && bound === null) return () => null;
    // No page of another site has the token.
    return token === null ? fromOwnSite([host, ...allowedHosts]) : byBearer(token);
  }
}

/** What a request that waits in vain is told. */
function progressOf({ status, phases }: RuntimeState, { reason, refusal }: GatedDoor): string {
  if (refusal !== null) return refusal;
  if (status !== "booting" && reason !== null) return reason;
  const running = phases.filter((phase) => phase.status === "running").map(({ id }) => id);
  return running.length === 0 ? status : `${status}: ${running.join(", ")}`;
}
