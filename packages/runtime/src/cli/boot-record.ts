import { causeOf } from "../base/failed.ts";
import { Turns } from "../base/turns.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { RuntimeWarning } from "../base/warning.ts";
import type { BootResult } from "../boot/run-boot.ts";
import type { Config } from "../config/config.ts";
import { stateFolderAt } from "../config/state-folder.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { BootTrace } from "../observe/telemetry/boot-trace.ts";
import { FIRST_ANSWER_SPAN } from "../observe/telemetry/boot-trace.ts";
import { isUnderWay } from "../protocol/derive/times.ts";
import type { BootReport, FirstAnswer, RuntimeEvent, RuntimeState } from "../protocol/index.ts";
import type { ReportFile } from "./report-file.ts";

export interface BootRecordOptions {
  readonly config: Config;
  readonly bus: EventBus;
  /** The file that `--report` names; null without that flag. */
  readonly file: ReportFile | null;
  readonly trace: BootTrace | null;
}

/** How long the end of a sandbox waits for the collector of traces. */
const TELEMETRY_DEADLINE_MS = 3_000;

type State =
  | { readonly id: "idle" }
  /** `before` is the path of the report that this one replaces in the history. */
  | { readonly id: "begun"; readonly report: BootReport; readonly before: string | null }
  /** `path` is that of the boot's report in the history. */
  | { readonly id: "recorded"; readonly path: string };

/**
 * What remains of a boot: its report, as a file and in the history, and its trace. They are written when the result is
 * decided. When a late optional phase ends, the report is written again in the same place, and the phase's span is sent
 * after the others. Phases that the end of the sandbox cancels stay `running` in the report; only their spans are sent.
 *
 *    idle ──begin()──► begun ──keep()──► recorded ──begin(), for an adopt or a retry──► begun
 *
 * A retry is the same boot, so its report takes the place of the one before. An adopt is recorded beside the seed's boot.
 */
export class BootRecord {
  readonly #options: BootRecordOptions;
  readonly #turns = new Turns();
  readonly #sending: Promise<void>[] = [];
  #unsubscribe = () => {};
  #state: State = { id: "idle" };

  constructor(options: BootRecordOptions) {
    this.#options = options;
  }

  /**
   * Makes the report of a boot or an adopt whose result is decided, and writes the file.
   *
   * @param isRetry - Whether it is the last one again.
   * @throws Failed `bad-input` when the file cannot be written.
   */
  async begin(result: BootResult, isRetry = false): Promise<BootReport> {
    const { bus, file } = this.#options;
    const { state } = bus;
    this.#followLatePhases(result, state);
    return await this.#turns.take(async () => {
      const report = await reportOf(result, state);
      const before = isRetry && this.#state.id === "recorded" ? this.#state.path : null;
      this.#state = { id: "begun", report, before };
      await file?.write(report);
      return report;
    });
  }

  /**
   * Puts the report that has begun into the history, and sends the trace without waiting for its collector.
   *
   * @returns The report's path in the history; null when it could not be written.
   */
  async keep(begun: BootReport): Promise<string | null> {
    await this.#turns.take(async () => {
      if (this.#state.id === "begun") await this.#record(this.#state.report);
    });
    this.#send(begun);
    return this.#state.id === "recorded" ? this.#state.path : null;
  }

  /** Waits for what is being written and sent, when everything has ended. */
  async ended(): Promise<void> {
    this.#unsubscribe();
    await this.#turns.idle();
    await Promise.all(this.#sending);
  }

  #followLatePhases(result: BootResult, begun: RuntimeState): void {
    const { phases } = begun;
    const late = new Set(phases.filter(({ status }) => isUnderWay(status)).map(({ id }) => id));
    const lateSpanOf = (event: RuntimeEvent) =>
      event.type === "phase.ended" && late.delete(event.id) ? event.id : null;
    let answered = firstAnswerOf(begun);
    let ending = false;
    this.#unsubscribe();
    this.#unsubscribe = this.#options.bus.subscribe((event, state) => {
      if (event.type === "shutdown.started") ending = true;
      const span = lateSpanOf(event);
      const hasFirstAnswer = answered === null && firstAnswerOf(state) !== null;
      if (hasFirstAnswer) answered = firstAnswerOf(state);
      if (span === null && !hasFirstAnswer && event.type !== "boot.warm") return;
      const isNews = !ending;
      const again = this.#turns.take(async () => {
        const report = await reportOf(result, state);
        if (isNews) await this.#writeAgain(report);
        if (span !== null) this.#send(report, span);
        if (hasFirstAnswer) this.#send(report, FIRST_ANSWER_SPAN);
      });
      this.#sending.push(again);
    });
  }

  async #writeAgain(report: BootReport): Promise<void> {
    const { file } = this.#options;
    await file?.write(report).catch((error: unknown) => {
      const { path } = file;
      this.#warn({ code: "report-outdated", path, cause: causeOf(error, path) });
    });
    if (this.#state.id === "begun") this.#state = { ...this.#state, report };
    if (this.#state.id === "recorded") await this.#record(report);
  }

  /** Puts a report into the history, for `analyze`, `diff` and `history`. A full disk must not end a sandbox that works. */
  async #record(report: BootReport): Promise<void> {
    const state = this.#state;
    const { stateDir, history } = this.#options.config;
    try {
      const { recordBoot, replaceRecord } = await import("../report/history/store.ts");
      if (state.id === "recorded") return await replaceRecord(state.path, report);
      const before = state.id === "begun" ? state.before : null;
      if (before !== null) await replaceRecord(before, report);
      const path = before ?? (await recordBoot(stateFolderAt(stateDir).history, report, history));
      this.#state = { id: "recorded", path };
    } catch (error) {
      this.#warn({ code: "boot-not-recorded", cause: causeOf(error) });
    }
  }

  #send(report: BootReport, latePhase?: string): void {
    const { trace } = this.#options;
    if (trace !== null) this.#sending.push(this.#sendTrace(trace, report, latePhase));
  }

  /** Loads the SDK only now, and only when a trace is asked for. */
  async #sendTrace(trace: BootTrace, report: BootReport, latePhase?: string): Promise<void> {
    const { exportTrace } = await import("../observe/telemetry/export-trace.ts");
    const { env } = process;
    const deadlineMs = TELEMETRY_DEADLINE_MS;
    const sent = await exportTrace({ report, trace, env, deadlineMs, latePhase });
    if (sent.id === "exported") return;
    this.#options.bus.emit(runtimeWarning(sent.warning));
  }

  #warn(warning: RuntimeWarning): void {
    this.#options.bus.emit(runtimeWarning(warning));
  }
}

function firstAnswerOf({ agent }: RuntimeState): FirstAnswer | null {
  return agent?.firstAnswer ?? null;
}

async function reportOf(result: BootResult, state: RuntimeState): Promise<BootReport> {
  const { buildReport } = await import("../report/build-report.ts");
  const { mode, status } = state;
  // A seed stays `seeded` when an adopt has failed.
  if (status === "seeded") return buildReport(state, "seeded");
  switch (result.id) {
    case "failed":
      return buildReport(state, "failed", [...result.readyByThen]);
    case "cancelled":
      return buildReport(state, "cancelled");
    case "done":
      return buildReport(state, mode === "build" ? "built" : "ready");
    default:
      return result satisfies never;
  }
}
