import { causeOf } from "../../base/system-error.ts";
import type { Timers } from "../../base/timers.ts";
import { runtimeWarning } from "../../base/warned.ts";
import type { RuntimeWarning } from "../../base/warning.ts";
import type { ControlPlaneConfig } from "../../config/control-plane.ts";
import type { BootReport, RuntimeEvent } from "../../protocol/index.ts";
import type { EventBus } from "../events/bus.ts";
import { endsBoot, type Message, messageOf, reportMessage } from "./message.ts";
import type { Poster } from "./poster.ts";
import type { Spool } from "./spool.ts";

export interface ControlPlaneOptions {
  readonly config: ControlPlaneConfig;
  /** Where what could not be told yet lies. */
  readonly folder: string;
  readonly bus: EventBus;
  /** Of the boot that has ended last. */
  readonly report: () => Promise<BootReport | null>;
  readonly timers: Timers;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** Aborted when nobody wants to wait for the end any more. */
  readonly hurry: AbortSignal;
}

/** The agent's start is what everyone waits for; so long nothing of ours gets in its way. */
const START_MS = 1_000;

/**
 * Tells the control plane of fatal errors, of each boot's report and of changes of state; none is lost while it is down.
 *
 * Until the agent has been spawned, or for a second, it only takes notes; the code that writes and sends is loaded then.
 */
export class ControlPlane implements AsyncDisposable {
  readonly #options: ControlPlaneOptions;
  readonly #unsubscribe: () => void;
  readonly #cancelStart: () => void;
  readonly #warned = new Set<string>();
  readonly #reports = new Set<Promise<void>>();
  /** Noted, and not in the spool yet. */
  readonly #notes: Message[] = [];
  #started = false;
  #reported = false;
  #parts: { readonly spool: Spool; readonly poster: Poster } | undefined;
  #spooling: Promise<void> | undefined;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { bus, config, timers } = options;
    this.#unsubscribe = bus.subscribe((event, state) => {
      const message = messageOf(event, state, config.sandboxId);
      if (message !== null) this.#note(message);
      // A build, and a boot that was broken off, have no other end.
      const last = event.type === "shutdown.started" && !this.#reported;
      if (endsBoot(event) || last) this.#noteReport();
      if (startsWork(event)) this.#start();
    });
    this.#cancelStart = timers.after(START_MS, () => this.#start());
  }

  /** Tells what is left for as long as the config allows; the rest is for the next boot. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { config, hurry } = this.#options;
    this.#unsubscribe();
    this.#cancelStart();
    await Promise.all(this.#reports);
    this.#start();
    await this.#spooling;
    await this.#parts?.poster.flush(
      AbortSignal.any([hurry, AbortSignal.timeout(config.flushSeconds * 1000)]),
    );
  }

  #note(message: Message): void {
    this.#notes.push(message);
    if (this.#started) this.#spool();
  }

  #noteReport(): void {
    const { report, config } = this.#options;
    this.#reported = true;
    const noting = new Promise((resolve) => {
      // The phase that ends the boot has its own end a moment later.
      setImmediate(resolve);
    })
      .then(report)
      .then((whole) => {
        if (whole !== null) this.#note(reportMessage(whole, config.sandboxId));
      })
      .catch((error: unknown) => this.#warn({ code: "report-not-sent", cause: causeOf(error) }))
      .finally(() => this.#reports.delete(noting));
    this.#reports.add(noting);
  }

  #start(): void {
    this.#started = true;
    this.#spool();
  }

  /** One message after the other, so that they lie in the order in which they were noted. */
  #spool(): void {
    this.#spooling ??= this.#spoolAll().finally(() => {
      this.#spooling = undefined;
      if (this.#notes.length > 0) this.#spool();
    });
  }

  async #spoolAll(): Promise<void> {
    this.#parts ??= await this.#open();
    const { spool, poster } = this.#parts;
    for (let note = this.#notes.shift(); note !== undefined; note = this.#notes.shift()) {
      await spool.put(note);
      poster.wake();
    }
  }

  async #open(): Promise<{ readonly spool: Spool; readonly poster: Poster }> {
    const { config, folder, timers, random } = this.#options;
    const [{ Spool }, { Poster }] = await Promise.all([
      import("./spool.ts"),
      import("./poster.ts"),
    ]);
    const { sandboxId, maxMessages, url, token } = config;
    const warn = (warning: RuntimeWarning) => this.#warn(warning);
    const spool = await Spool.open({ folder, sandboxId, maxMessages, warn });
    const poster = new Poster({ url, token, spool, timers, random, warn });
    // What the last boot left.
    poster.wake();
    return { spool, poster };
  }

  /** Each trouble once: a control plane that is down for a day is not worth a thousand warnings. */
  #warn(warning: RuntimeWarning): void {
    const known = JSON.stringify(warning);
    if (this.#warned.has(known)) return;
    this.#warned.add(known);
    this.#options.bus.emit(runtimeWarning(warning));
  }
}

function startsWork(event: RuntimeEvent): boolean {
  return (
    endsBoot(event) ||
    event.type === "shutdown.started" ||
    (event.type === "phase.ended" && event.id === "agent.spawn")
  );
}
