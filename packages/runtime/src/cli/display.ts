import type { Writable } from "node:stream";
import type { Clock } from "../base/clock.ts";
import { badInput, describeValue } from "../config/errors.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { BootReport } from "../protocol/index.ts";
import { printable } from "../report/look.ts";
import { lookOf } from "./look.ts";
import { renderBooted, type WhatComesNext } from "./terminal/booted-view.ts";
import { renderFailure, renderWhereRecorded } from "./terminal/failure-view.ts";
import { sayFarewell } from "./terminal/farewell.ts";
import { writeJsonLines } from "./terminal/json-lines.ts";
import { showWhatComesLater } from "./terminal/later-view.ts";
import { startLiveView } from "./terminal/live-view.ts";
import { writeLogLines } from "./terminal/log-lines.ts";
import { LOG_LEVELS, type LogLevel } from "./terminal/log-record.ts";
import { show } from "./terminal/shown.ts";

/** How a boot is shown. */
export interface Display {
  /** Called when the result of the boot, or of an adopt, is decided. */
  booted(report: BootReport, next: WhatComesNext): Promise<void>;
  /** Called when the report of a boot that {@link booted} has shown is in the history, at `path`. */
  recorded(report: BootReport, path: string): void;
  /** Called when everything has ended. */
  ended(): Promise<void>;
}

export interface DisplayOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly json: boolean;
}

/**
 * Chooses how a boot is shown. A terminal gets live phases, then a waterfall, then news. A pipe gets lines of a log. With
 * `--json` both get the events themselves. A failure is also explained on stderr.
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
 * Keeps the sandbox alive when the reader of our output is gone (`sandboot boot | head`, a log collector that crashed).
 * Without a listener, the first write would end this process and leave behind everything that it started.
 */
function surviveReaders(...streams: readonly Writable[]): void {
  for (const stream of streams) stream.on("error", () => {});
}

function forPeople({ bus, clock }: DisplayOptions): Display {
  const { stdout } = process;
  const look = () => lookOf(stdout);
  // A dumb terminal cannot move its cursor. It gets only text that stays.
  const live =
    process.env["TERM"] === "dumb"
      ? { stop: () => {} }
      : startLiveView({ bus, clock, stream: stdout, look });
  sayFarewell(bus, stdout, look);
  let endLater: (() => void) | undefined;
  return {
    booted: async (report, next) => {
      live.stop();
      show(stdout, renderBooted(report, look(), next));
      printFailure(report, next);
      endLater ??=
        next === "end"
          ? printWarnings(bus, process.stderr)
          : showWhatComesLater({ bus, stream: stdout, look });
    },
    recorded: ({ outcome }, path) => {
      if (outcome === "failed") show(process.stderr, renderWhereRecorded(path));
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
    booted: async (report, next) => {
      await lines.flush();
      printFailure(report, next);
    },
    recorded: () => {},
    ended: async () => {
      await lines.flush();
      lines.end();
    },
  };
}

function forPrograms({ bus }: DisplayOptions): Display {
  const end = writeJsonLines(bus, process.stdout);
  return {
    booted: async (report, next) => printFailure(report, next),
    recorded: () => {},
    ended: async () => end(),
  };
}

/** Shows warnings that come after the report. */
function printWarnings(bus: EventBus, stream: Writable): () => void {
  return bus.subscribe((event) => {
    if (event.type === "runtime.warning") show(stream, `sandboot: ${printable(event.message)}\n`);
  });
}

function printFailure(report: BootReport, next: WhatComesNext): void {
  const { stderr } = process;
  if (report.outcome !== "failed") return;
  show(stderr, renderFailure(report, { ...lookOf(stderr), wraps: stderr.isTTY }));
  if (next === "recovery") show(stderr, STAYS);
}

const STAYS = "The sandbox stays, so that you can mend it. Then: sandboot retry. Ctrl-C ends it.\n";
