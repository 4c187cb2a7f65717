import type { Writable } from "node:stream";
import type { Clock } from "../base/clock.ts";
import { badInput, describeValue } from "../config/errors.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { BootReport } from "../protocol/index.ts";
import { printable } from "../report/look.ts";
import { lookOf } from "./look.ts";
import { renderFailure } from "./terminal/failure-view.ts";
import { writeJsonLines } from "./terminal/json-lines.ts";
import { showWhatComesLater } from "./terminal/later-view.ts";
import { startLiveView } from "./terminal/live-view.ts";
import { writeLogLines } from "./terminal/log-lines.ts";
import { LOG_LEVELS, type LogLevel } from "./terminal/log-record.ts";
import { renderReady } from "./terminal/ready-view.ts";

/** After a boot: `work` until somebody ends it, the end of its `late-phases`, or its own `end` at once. */
export type WhatComesNext = "work" | "late-phases" | "end";

/** How a boot is shown. */
export interface Display {
  /** It is decided how the boot (or an adopt) went, well or not. */
  booted(report: BootReport, next: WhatComesNext): Promise<void>;
  /** Everything has ended. */
  ended(): Promise<void>;
}

export interface DisplayOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly json: boolean;
}

/**
 * How to show a boot: in a terminal, phases live, then a waterfall, then news; in a pipe, lines of a log; with `--json`,
 * the events themselves. A failure is told on stderr, in words.
 *
 * @throws Failed `bad-input` for a log level that does not exist.
 */
export function chooseDisplay(env: NodeJS.ProcessEnv): (options: DisplayOptions) => Display {
  const level = logLevelOf(env);
  surviveReaders(process.stdout, process.stderr);
  return (options) => {
    if (options.json) return forPrograms(options);
    return process.stdout.isTTY ? forPeople(options) : forLogs(options, level);
  };
}

function logLevelOf({ SANDBOOT_LOG_LEVEL: word = "info" }: NodeJS.ProcessEnv): LogLevel {
  const level = LOG_LEVELS.find((known) => known === word);
  if (level !== undefined) return level;
  const key = "SANDBOOT_LOG_LEVEL";
  const expected = `one of ${LOG_LEVELS.join(", ")}`;
  throw badInput({ source: "environment", key, expected, found: describeValue(word) });
}

/**
 * Whoever read our output may be gone (`sandboot boot | head`, a log collector that crashed). Then nobody hears us, and
 * the sandbox goes on: without a listener, the first write would end the process and leave everything it started.
 */
function surviveReaders(...streams: readonly Writable[]): void {
  for (const stream of streams) stream.on("error", () => {});
}

function forPeople({ bus, clock }: DisplayOptions): Display {
  const { stdout } = process;
  const look = () => lookOf(stdout);
  // A dumb terminal cannot be painted over; it gets what stays.
  const live =
    process.env["TERM"] === "dumb"
      ? { stop: () => {} }
      : startLiveView({ bus, clock, stream: stdout, look });
  let endLater: (() => void) | undefined;
  return {
    booted: async (report, next) => {
      live.stop();
      if (report.outcome === "failed") tellFailure(report);
      else stdout.write(renderReady(report, look(), next === "work"));
      endLater ??=
        next === "end"
          ? tellWarnings(bus, process.stderr)
          : showWhatComesLater({ bus, stream: stdout, look });
    },
    ended: async () => {
      live.stop();
      endLater?.();
    },
  };
}

function forLogs({ bus }: DisplayOptions, level: LogLevel): Display {
  const lines = writeLogLines({ bus, stream: process.stdout, level });
  return {
    booted: async (report) => {
      await lines.flush();
      tellFailure(report);
    },
    ended: async () => {
      await lines.flush();
      lines.end();
    },
  };
}

function forPrograms({ bus }: DisplayOptions): Display {
  const end = writeJsonLines(bus, process.stdout);
  return {
    booted: async (report) => tellFailure(report),
    ended: async () => end(),
  };
}

/** Of what goes wrong after the report was shown: it has no place there any more. */
function tellWarnings(bus: EventBus, stream: Writable): () => void {
  return bus.subscribe((event) => {
    if (event.type === "runtime.warning") stream.write(`sandboot: ${printable(event.message)}\n`);
  });
}

function tellFailure(report: BootReport): void {
  const { stderr } = process;
  if (report.outcome !== "failed") return;
  stderr.write(renderFailure(report, { ...lookOf(stderr), wraps: stderr.isTTY }));
}
