import { causeOf } from "../../base/failed.ts";
import type { Timers } from "../../base/timers.ts";
import { runtimeWarning } from "../../base/warned.ts";
import type { RuntimeWarning } from "../../base/warning.ts";
import type { ControlPlaneConfig } from "../../config/control-plane.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import { presentOf } from "../../protocol/derive/present.ts";
import type { BootReport, PresentId, RuntimeEvent, RuntimeState } from "../../protocol/index.ts";
import type { EventBus } from "../events/bus.ts";
import {
  endsBoot,
  type FatalForm,
  type Message,
  messageOf,
  reportMessage,
  stateMessage,
} from "./message.ts";
import type { Outbox } from "./outbox.ts";
import type { Sender } from "./sender.ts";

export interface ControlPlaneOptions {
  readonly config: ControlPlaneConfig;
  /** The folder of messages that are not delivered yet. */
  readonly folder: string;
  /** As for the outbox. */
  readonly inherited: string | null;
  /** Resolves when nobody else uses the folder. */
  readonly folderIsFree: Promise<void>;
  readonly bus: EventBus;
  /** The report of the boot that ended last. */
  readonly report: () => Promise<BootReport | null>;
  /** How the control plane takes a fatal error; null: as docs/control-plane.md says. */
  readonly fatalForm: FatalForm | null;
  readonly timers: Timers;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** Aborted when the shutdown must hurry. */
  readonly hurry: AbortSignal;
}

/** How long this waits, at most, for the agent's start, which is more urgent. */
const START_MS = 1_000;

/**
 * Sends fatal errors, reports and changes of state to the control plane. No message is lost while the control plane is down.
 *
 * Until the agent has been spawned, or for a second, messages are only noted. The code that writes and sends them is loaded
 * after that.
 */
export class ControlPlane implements AsyncDisposable {
  readonly #options: ControlPlaneOptions;
  readonly #unsubscribe: () => void;
  readonly #cancelStart: () => void;
  readonly #warned = new Set<string>();
  readonly #reports = new Set<Promise<void>>();
  /** Messages that are not in the outbox yet. */
  readonly #notes: Message[] = [];
  #started = false;
  /** How the sandbox stood in the last message. */
  #told: PresentId | undefined;
  #reported = false;
  #parts: { readonly outbox: Outbox; readonly sender: Sender } | undefined;
  #putting: Promise<void> | undefined;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { bus, timers } = options;
    this.#unsubscribe = bus.subscribe((event, state) => {
      const message = this.#messageOf(event, state);
      if (message !== null) this.#note(message);
      // For a build, and for a boot that was stopped, the shutdown is the end.
      const last = event.type === "shutdown.started" && !this.#reported;
      if (endsBoot(event) || last) this.#noteReport();
      if (startsWork(event)) this.#start();
    });
    this.#cancelStart = timers.after(START_MS, () => this.#start());
  }

  /** Sends what is left, for as long as the config allows. The next boot sends the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { config, hurry } = this.#options;
    this.#unsubscribe();
    this.#cancelStart();
    await Promise.all(this.#reports);
    this.#start();
    await this.#putting;
    await this.#parts?.sender.flush(
      AbortSignal.any([hurry, AbortSignal.timeout(milliseconds(config.flushSeconds))]),
    );
  }

  /** Sends what waits, for as long as the config allows. @returns How many messages are left; they are on the disk. */
  async settle(): Promise<number> {
    await Promise.all(this.#reports);
    this.#start();
    await this.#putting;
    const flushMs = milliseconds(this.#options.config.flushSeconds);
    return (await this.#parts?.sender.settle(AbortSignal.timeout(flushMs))) ?? 0;
  }

  /** Tries at once what waits for its next attempt: the connections of before are gone. */
  reconnect(): void {
    this.#parts?.sender.tryNow();
  }

  /** What is told after an event. */
  #messageOf(event: RuntimeEvent, state: RuntimeState): Message | null {
    const { config, fatalForm } = this.#options;
    const { sandboxId } = config;
    const message = messageOf(event, state, sandboxId, fatalForm);
    if (message?.kind === "state") this.#told = presentOf(state).id;
    // While a boot runs, and at the end, its own events tell.
    if (message !== null || !changesParts(event) || state.status !== "ready") return message;
    const present = presentOf(state).id;
    if (present === this.#told) return null;
    this.#told = present;
    return stateMessage(event, state, sandboxId);
  }

  #note(message: Message): void {
    if (!this.#options.config.messages.includes(message.kind)) return;
    this.#notes.push(message);
    if (this.#started) this.#putNotes();
  }

  #noteReport(): void {
    const { report, config } = this.#options;
    this.#reported = true;
    const noting = new Promise((resolve) => {
      // The phase that emits this event ends a moment later, and the report should include its end.
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
    this.#putNotes();
  }

  /** Puts the notes into the outbox one after the other, so that their order is kept. */
  #putNotes(): void {
    this.#putting ??= this.#putAll().finally(() => {
      this.#putting = undefined;
      if (this.#notes.length > 0) this.#putNotes();
    });
  }

  async #putAll(): Promise<void> {
    this.#parts ??= await this.#open();
    const { outbox, sender } = this.#parts;
    for (let note = this.#notes.shift(); note !== undefined; note = this.#notes.shift()) {
      await outbox.put(note);
      sender.wake();
    }
  }

  async #open(): Promise<{ readonly outbox: Outbox; readonly sender: Sender }> {
    const { config, folder, inherited, folderIsFree, timers, random } = this.#options;
    const [{ Outbox }, { Sender }] = await Promise.all([
      import("./outbox.ts"),
      import("./sender.ts"),
      folderIsFree,
    ]);
    const { sandboxId, maxMessages, url, token } = config;
    const warn = (warning: RuntimeWarning) => this.#warn(warning);
    const outbox = await Outbox.open({ folder, inherited, sandboxId, maxMessages, warn });
    const sender = new Sender({ url, token, outbox, timers, random, warn });
    // Sends what the last boot left.
    sender.wake();
    return { outbox, sender };
  }

  /** Warns once of each problem, so that a day without a control plane does not fill the report with warnings. */
  #warn(warning: RuntimeWarning): void {
    const known = JSON.stringify(warning);
    if (this.#warned.has(known)) return;
    this.#warned.add(known);
    this.#options.bus.emit(runtimeWarning(warning));
  }
}

/** A part of the sandbox was lost, or is back. */
function changesParts({ type }: RuntimeEvent): boolean {
  return type === "process.changed" || type === "bridge.changed" || type === "phase.ended";
}

function startsWork(event: RuntimeEvent): boolean {
  return (
    endsBoot(event) ||
    event.type === "shutdown.started" ||
    (event.type === "phase.ended" && event.id === "agent.spawn")
  );
}
