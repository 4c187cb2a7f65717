import type { Config } from "../config/config.ts";
import type { ControlPlaneConfig } from "../config/control-plane.ts";
import type { ControlPlane } from "../observe/control-plane/control-plane.ts";
import type { PresentConfig } from "./adopt/present-config.ts";

/** Whose connection it is: the sandbox's own, or that of a seed's binding. */
export interface Connecting {
  readonly isBinding: boolean;
  /** Whether no other one has been before it in this runtime. */
  readonly isFirst: boolean;
  /** Resolves when the earlier ones of the same owner have ended. */
  readonly afterEarlier: Promise<void>;
}

export interface LinkOptions {
  readonly connect: (config: ControlPlaneConfig, connecting: Connecting) => ControlPlane;
  /** Removes what the connection of a binding that failed has left. */
  readonly forgetBinding: () => Promise<void>;
}

interface Connection {
  readonly controlPlane: ControlPlane;
  readonly isBinding: boolean;
}

/**
 * The connection to the control plane that the present configuration names. A binding may name another one, or another
 * sandbox: then the old connection ends, and the new one hears of everything from then on. When the binding fails, its connection
 * ends, and nothing of it is kept.
 */
export class ControlPlaneLink implements AsyncDisposable {
  readonly #options: LinkOptions;
  readonly #unsubscribe: () => void;
  /** The ends of earlier connections: of the sandbox's own, and of bindings. */
  readonly #ends: Record<"own" | "binding", Promise<void>> = {
    own: Promise.resolve(),
    binding: Promise.resolve(),
  };
  #config: ControlPlaneConfig | null = null;
  #connection: Connection | null = null;
  #isFirst = true;

  constructor(present: PresentConfig, options: LinkOptions) {
    this.#options = options;
    this.#follow(present.current);
    this.#unsubscribe = present.subscribe((config) => this.#follow(config));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    const { own, binding } = this.#ends;
    await Promise.all([own, binding, this.#connection?.controlPlane[Symbol.asyncDispose]()]);
  }

  /** Sends what waits, for as long as the config allows. @returns How many messages are left. */
  async settle(): Promise<number> {
    return (await this.#connection?.controlPlane.settle()) ?? 0;
  }

  /** Tries at once what waits for its next attempt. */
  reconnect(): void {
    this.#connection?.controlPlane.reconnect();
  }

  #follow({ controlPlane: config, bound }: Config): void {
    if (JSON.stringify(config) === JSON.stringify(this.#config)) return;
    // It sends what it still has; nobody waits for that before the end of the sandbox.
    if (this.#connection !== null) this.#end(this.#connection);
    this.#config = config;
    this.#connection = config === null ? null : this.#connect(config, bound !== null);
  }

  #connect(config: ControlPlaneConfig, isBinding: boolean): Connection {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const afterEarlier = this.#ends[isBinding ? "binding" : "own"];
    const controlPlane = this.#options.connect(config, { isBinding, isFirst, afterEarlier });
    return { controlPlane, isBinding };
  }

  /** A seed is bound once, so a binding that ends before the sandbox has failed. */
  #end({ controlPlane, isBinding }: Connection): void {
    const ended = Promise.resolve(controlPlane[Symbol.asyncDispose]());
    if (isBinding) this.#ends.binding = ended.then(() => this.#options.forgetBinding());
    else this.#ends.own = ended;
  }
}
