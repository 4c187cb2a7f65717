import { causeOf } from "../base/failed.ts";
import { Turns } from "../base/turns.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { RuntimeWarning } from "../base/warning.ts";
import type { BootResult } from "../boot/run-boot.ts";
import type { Config } from "../config/config.ts";
import { stateFolderAt } from "../config/state-folder.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { BootTrace } from "../observe/telemetry/boot-trace.ts";
import { isUnderWay } from "../protocol/derive/times.ts";
import type { BootReport, RuntimeState } from "../protocol/index.ts";
import type { ReportFile } from "./report-file.ts";

export interface BootRecordOptions {
  readonly config: Config;
  readonly bus: EventBus;
  /** Where `--report` wants it, too. */
  readonly file: ReportFile | null;
  readonly trace: BootTrace | null;
}

/** How long the end of a boot waits for whoever collects traces. */
const TELEMETRY_DEADLINE_MS = 3_000;

/**
 * What stays of a boot: the report, as a file and in the history, and the trace. They are there when it is decided how
 * the boot went. When an optional phase that was late then ends, the report is written again in the same place (a boot
 * is on record once) and the phase's span is sent after the others. The end of the sandbox is none of the boot's news:
 * what is late then stays `running` in the report, and ends as `cancelled` in the trace only.
 */
export class BootRecord {
  readonly #options: BootRecordOptions;
  readonly #turns = new Turns();
  readonly #sending: Promise<void>[] = [];
  #unsubscribe = () => {};
  #report: BootReport | undefined;
  /** Of this boot in the history, once it is there. */
  #path: string | undefined;

  constructor(options: BootRecordOptions) {
    this.#options = options;
  }

  /**
   * Begins the record of a boot, or of an adopt, of which it is decided how it went, with the file.
   *
   * @throws Failed `bad-input` when the file cannot be written.
   */
  async begin(result: BootResult): Promise<BootReport> {
    const { bus, file } = this.#options;
    const { state } = bus;
    this.#path = undefined;
    this.#followLatePhases(result, state);
    return await this.#turns.take(async () => {
      const report = await reportOf(result, state);
      this.#report = report;
      await file?.write(report);
      return report;
    });
  }

  /** Puts what has begun into the history, and sends the trace; nobody waits for whoever takes that. */
  async keep(begun: BootReport): Promise<void> {
    await this.#turns.take(() => this.#putOnRecord());
    this.#send(begun);
  }

  /** Everything has ended: waits for what is being written and sent. */
  async ended(): Promise<void> {
    this.#unsubscribe();
    await this.#turns.idle();
    await Promise.all(this.#sending);
  }

  #followLatePhases(result: BootResult, { phases }: RuntimeState): void {
    const late = new Set(phases.filter(({ status }) => isUnderWay(status)).map(({ id }) => id));
    let ending = false;
    this.#unsubscribe();
    this.#unsubscribe = this.#options.bus.subscribe((event, state) => {
      if (event.type === "shutdown.started") ending = true;
      if (event.type !== "phase.ended" || !late.delete(event.id)) return;
      const isNews = !ending;
      const again = this.#turns.take(async () => {
        const report = await reportOf(result, state);
        if (isNews) await this.#writeAgain(report);
        this.#send(report, event.id);
      });
      this.#sending.push(again);
    });
  }

  async #writeAgain(report: BootReport): Promise<void> {
    this.#report = report;
    const { file } = this.#options;
    await file?.write(report).catch((error: unknown) => {
      const { path } = file;
      this.#warn({ code: "report-outdated", path, cause: causeOf(error, path) });
    });
    if (this.#path !== undefined) await this.#putOnRecord();
  }

  /** For `analyze`, `diff` and `history`. A full disk is a pity, and no reason to end a sandbox that works. */
  async #putOnRecord(): Promise<void> {
    const { stateDir, history } = this.#options.config;
    if (this.#report === undefined) return;
    try {
      const { recordBoot, replaceRecord } = await import("../report/history/store.ts");
      if (this.#path !== undefined) await replaceRecord(this.#path, this.#report);
      else this.#path = await recordBoot(stateFolderAt(stateDir).history, this.#report, history);
    } catch (error) {
      this.#warn({ code: "boot-not-recorded", cause: causeOf(error) });
    }
  }

  #send(report: BootReport, latePhase?: string): void {
    const { trace } = this.#options;
    if (trace !== null) this.#sending.push(this.#sendTrace(trace, report, latePhase));
  }

  /** The SDK is loaded only now, and only when somebody wants a trace. */
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

async function reportOf(result: BootResult, state: RuntimeState): Promise<BootReport> {
  const { buildReport } = await import("../report/build-report.ts");
  const { mode, status } = state;
  // Of a seed also when an adopt failed: it is as it was.
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
