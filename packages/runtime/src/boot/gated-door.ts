import type { Destination, Door, Headers } from "../bridge/destination.ts";
import { Gate, type GateOptions } from "../bridge/gate.ts";
import type { BridgeState } from "../protocol/index.ts";

/** The server of an agent, as its door has to know it. */
export interface AgentBehindDoor extends Pick<Destination, "upstream" | "watch"> {
  /** Who it is, of several; null for the only one. */
  readonly title: string | null;
  readonly access: Readonly<Record<string, string>>;
  /** Is told of every change of the door. */
  readonly onChange: (state: BridgeState) => void;
}

/**
 * The door to one agent. It holds prompts until the agent may get them (C3), and later whenever the agent is down. While it is
 * frozen it refuses them, whatever the agent does.
 */
export class GatedDoor {
  readonly gate: Gate;
  readonly #to: AgentBehindDoor;
  #state: BridgeState | null = null;
  #workspaceHeaders: Headers = {};
  /** While it is frozen: what puts the gate where it would be. */
  #afterThaw: (() => void) | null = null;

  constructor(to: AgentBehindDoor, limits: GateOptions) {
    this.#to = to;
    this.gate = new Gate(limits);
  }

  /** Where requests go that pass. */
  get destination(): Destination & Pick<Door, "agent"> {
    const { upstream, watch, access, title } = this.#to;
    const defaultHeaders = () => this.#workspaceHeaders;
    const agent = title !== null && { agent: title };
    return { upstream, access, defaultHeaders, ...(watch && { watch }), ...agent };
  }

  /** Why it is shut; null when it is open, or has never been. */
  get reason(): string | null {
    return this.#state?.reason ?? null;
  }

  /** Why it refuses requests; null when it does not. */
  get refusal(): string | null {
    return this.#state?.gate === "refusing" ? this.#state.reason : null;
  }

  get isFrozen(): boolean {
    return this.#afterThaw !== null;
  }

  /** Directs requests that name no workspace to the one that these headers name. */
  setDefaultWorkspace(headers: Headers): void {
    this.#workspaceHeaders = headers;
  }

  /**
   * Lets in the requests that wait, in order, then all that come.
   *
   * @returns How many waited.
   */
  open(): number {
    if (this.#isPutOff(() => this.open())) return 0;
    const { held } = this.gate;
    this.gate.open();
    this.#become("open", null, held);
    return held;
  }

  /** Makes requests wait. */
  hold(reason: string | null): void {
    if (this.#isPutOff(() => this.hold(reason))) return;
    this.gate.hold();
    this.#become("holding", reason, this.gate.held);
  }

  /** Refuses requests, because the agent comes back only when somebody starts it. */
  refuse(reason: string): void {
    if (this.#isPutOff(() => this.refuse(reason))) return;
    const { held } = this.gate;
    this.gate.refuse();
    this.#become("refusing", reason, held);
  }

  /** Refuses requests until {@link thaw}. */
  freeze(reason: string): void {
    const before = this.#state;
    this.refuse(reason);
    this.#afterThaw = () => {
      if (before?.gate === "open") this.open();
      else if (before?.gate === "refusing") this.refuse(before.reason ?? reason);
      else this.hold(before?.reason ?? null);
    };
  }

  thaw(): void {
    const put = this.#afterThaw;
    this.#afterThaw = null;
    put?.();
  }

  #isPutOff(put: () => void): boolean {
    if (this.#afterThaw === null) return false;
    this.#afterThaw = put;
    return true;
  }

  #become(gate: BridgeState["gate"], reason: string | null, held: number): void {
    if (this.#state?.gate === gate && this.#state.reason === reason) return;
    this.#state = { gate, reason, held };
    this.#to.onChange(this.#state);
  }
}
