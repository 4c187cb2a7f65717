import { type Bridge, startBridge } from "../bridge/bridge.ts";
import { Gate } from "../bridge/gate.ts";
import { listenFailure } from "../process/ports.ts";
import { describeCrash } from "../process/supervise/crash.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";
import { terminalAdmission } from "./terminal-admission.ts";

export interface TerminalProxyOptions {
  readonly port: number;
  /** Null: nobody is admitted, because a seed has no tenant yet. */
  readonly token: () => string | null;
  readonly ttyd: ManagedProcess;
  readonly ttydPort: number;
}

const HOST = "127.0.0.1";

/** How many browsers may wait while ttyd restarts, and how long. ttyd's page retries by itself. */
const HOLD = { maxHeld: 32, holdMs: 10_000 };

/**
 * A reverse proxy for ttyd that asks for the token. It holds requests while ttyd starts or restarts. It refuses them, with
 * the reason, when ttyd will not be restarted.
 */
export class TerminalProxy {
  readonly #options: TerminalProxyOptions;
  readonly #gate = new Gate(HOLD);
  #bridge: Bridge | undefined;
  #unsubscribe = () => {};

  constructor(options: TerminalProxyOptions) {
    this.#options = options;
  }

  /** @throws Failed `port-in-use` that names the port and its holder. */
  async listen(): Promise<void> {
    const { port, token, ttyd, ttydPort } = this.#options;
    try {
      this.#bridge = await startBridge({
        host: HOST,
        port,
        admit: terminalAdmission(token, port),
        upstream: new URL(`http://${HOST}:${ttydPort}`),
        gate: this.#gate,
        progress: () => this.#progress(),
      });
    } catch (error) {
      throw await listenFailure(error, port, "terminal.proxyPort");
    }
    this.#unsubscribe = ttyd.subscribe(() => this.#follow());
    this.#follow();
  }

  /** Cuts open terminals, because they would not end by themselves. */
  async close(): Promise<void> {
    this.#unsubscribe();
    this.#gate.end();
    await this.#bridge?.close(AbortSignal.abort());
  }

  #follow(): void {
    const state = this.#options.ttyd.current;
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
    const { current } = this.#options.ttyd;
    return "crash" in current ? `ttyd ${describeCrash(current.crash)}` : `ttyd: ${current.id}`;
  }
}
