import type { Clock } from "../../base/clock.ts";
import type { timeLimit } from "../../base/timers.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { Supervisor } from "../../process/supervise/supervisor.ts";
import type { FreezeAnswer, RuntimeState, ThawAnswer, Unfinished } from "../../protocol/index.ts";
import type { GatedBridge } from "../gated-bridge.ts";
import type { ClockWatch, Gap } from "./clock-watch.ts";

/** Its connection to a control plane. */
export interface Told {
  /** Sends what waits, for as long as the config allows. @returns How many messages are left. */
  settle(): Promise<number>;
  /** Tries at once what waits for its next attempt: the connections of before are gone. */
  reconnect(): void;
}

export interface PausesOptions {
  readonly timeLimit: typeof timeLimit;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly clocks: ClockWatch;
  readonly supervisor: Pick<Supervisor, "list">;
  readonly bridge: Pick<GatedBridge, "freeze" | "thaw">;
  readonly controlPlane: Told;
  /** Writes events that wait to the log. */
  readonly writeEvents: () => Promise<void>;
  /** Ends phases for which nobody waits, such as a warm-up. */
  readonly endWarmUps: () => void;
  /** Ends idle threads. */
  readonly rest: () => Promise<void>;
  /** Writes what the file systems hold back. @returns whether it could. */
  readonly sync: () => Promise<boolean>;
}

interface CannotFreeze {
  readonly frozen: false;
  readonly status: RuntimeState["status"];
}

const FREEZABLE: ReadonlySet<RuntimeState["status"]> = new Set(["seeded", "ready", "recovering"]);

type State =
  | { readonly id: "running" }
  | {
      readonly id: "frozen";
      readonly answer: Promise<FreezeAnswer | CannotFreeze>;
      /** Aborted by a thaw: nothing is waited for any more. */
      readonly hurry: AbortController;
      /** When it began, by both clocks. */
      readonly since: Moment;
    };

interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * Pauses of the sandbox: those that are announced (freeze, snapshot or stop, thaw) and those that its clocks show.
 *
 *    running ──freeze()──► frozen ──thaw()──► running
 *       └──the clocks show a gap──► running
 *
 * It loads nothing of the other rooms, because it is loaded by itself when it is needed.
 */
export class Pauses {
  readonly #options: PausesOptions;
  #state: State = { id: "running" };
  /** The last thaw. A freeze that comes meanwhile begins after it, for the thaw ends with opening the gate. */
  #thawing: Promise<unknown> = Promise.resolve();

  constructor(options: PausesOptions) {
    this.#options = options;
  }

  /** The clocks show a pause. One that was announced is told of by the thaw. */
  async noticed(gap: Gap): Promise<void> {
    if (this.#state.id === "running") await this.#resume(gap);
  }

  /**
   * Refuses prompts, lets end what runs, and writes what was to be written. A second call gets the same answer.
   *
   * @param waitMs - How long prompts and phases may take to end.
   * @returns the status in which it cannot be frozen, while something is under way.
   */
  async freeze(waitMs: number): Promise<FreezeAnswer | CannotFreeze> {
    await this.#thawing;
    if (this.#state.id === "frozen") return await this.#state.answer;
    const { status } = this.#options.bus.state;
    if (!FREEZABLE.has(status)) return { frozen: false, status };
    const hurry = new AbortController();
    const answer = this.#freeze(waitMs, hurry.signal);
    this.#state = { id: "frozen", answer, hurry, since: this.#now() };
    try {
      const answered = await answer;
      if (!answered.frozen) this.#state = { id: "running" };
      return answered;
    } catch (error) {
      // Nobody was told that it is frozen, so nobody would thaw it.
      this.#state = { id: "running" };
      this.#options.bridge.thaw();
      throw error;
    }
  }

  /**
   * Goes on. Also for a sandbox that was not frozen: it may have been paused without a word. A freeze that still waits for
   * prompts to end waits no longer.
   */
  thaw(): Promise<Omit<ThawAnswer, "adopted">> {
    const thawed = this.#thawing.then(() => this.#thaw());
    this.#thawing = thawed.catch(() => {});
    return thawed;
  }

  async #thaw(): Promise<Omit<ThawAnswer, "adopted">> {
    const state = this.#state;
    if (state.id === "running") {
      const gapMs = this.#options.clocks.look()?.gapMs ?? 0;
      return { gapMs, lost: await this.#resume({ gapMs, noticedBy: "thaw" }) };
    }
    state.hurry.abort();
    await state.answer;
    this.#state = { id: "running" };
    this.#options.clocks.restart();
    const now = this.#now();
    // The monotonic clock stands still while a virtual machine does, and the wall clock may have been set back.
    const gapMs = Math.max(
      now.monotonicMs - state.since.monotonicMs,
      now.wallMs - state.since.wallMs,
    );
    const lost = await this.#resume({ gapMs, noticedBy: "thaw" });
    this.#options.bridge.thaw();
    return { gapMs, lost };
  }

  async #freeze(waitMs: number, hurry: AbortSignal): Promise<FreezeAnswer | CannotFreeze> {
    const { bus, bridge, controlPlane, writeEvents, endWarmUps, rest, sync } = this.#options;
    endWarmUps();
    using limit = this.#options.timeLimit(waitMs);
    const until = AbortSignal.any([limit.signal, hurry]);
    const [prompts, phases] = await Promise.all([
      bridge.freeze("the sandbox is frozen", until),
      this.#phasesAtWork(until),
    ]);
    await rest();
    // What was waited for may have ended because the sandbox does.
    const { status } = bus.state;
    if (!FREEZABLE.has(status)) return { frozen: false, status };
    const unfinished: Unfinished = { prompts, phases };
    bus.emit({ type: "runtime.frozen", unfinished });
    const undelivered = await controlPlane.settle();
    await writeEvents();
    return { frozen: true, unfinished, undelivered, synced: await sync() };
  }

  /** Waits for optional phases that still run. @returns Those that run when the signal is aborted. */
  async #phasesAtWork(until: AbortSignal): Promise<string[]> {
    const { bus } = this.#options;
    const running = () =>
      bus.state.phases.filter(({ status }) => status === "running").map(({ id }) => id);
    const { promise, resolve } = Promise.withResolvers<void>();
    const unsubscribe = bus.subscribe(() => {
      if (running().length === 0) resolve();
    });
    until.addEventListener("abort", () => resolve(), { once: true });
    if (running().length === 0 || until.aborted) resolve();
    await promise;
    unsubscribe();
    return running();
  }

  async #resume(gap: Gap | { readonly gapMs: number; readonly noticedBy: "thaw" }) {
    const { bus, supervisor, controlPlane } = this.#options;
    const lost: string[] = [];
    for (const process of supervisor.list()) {
      if (await process.isLost()) lost.push(process.id);
    }
    bus.emit({ type: "runtime.resumed", ...gap, lost });
    controlPlane.reconnect();
    return lost;
  }

  #now(): Moment {
    const { clock } = this.#options;
    return { monotonicMs: clock.nowMs(), wallMs: Date.parse(clock.isoNow()) };
  }
}
