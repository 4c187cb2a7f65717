import type { Writable } from "node:stream";
import type { Logger } from "pino";
import { RUNTIME_VERSION } from "../../base/version.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { RuntimeEvent } from "../../protocol/index.ts";
import { type LogLevel, logRecordOf } from "./log-record.ts";
import { show } from "./shown.ts";
import { isTooMuchFor } from "./slow-reader.ts";

export interface LogLinesOptions {
  readonly bus: EventBus;
  readonly stream: Writable;
  readonly level: LogLevel;
}

export interface LogLines {
  /** Resolves when all events so far have been written to the stream. */
  flush(): Promise<void>;
  /** From now on nothing is written. */
  end(): void;
}

/** When the logger is loaded at the latest, in a boot that spawns the agent late or never. */
const LATEST_MS = 400;

/**
 * Writes events as log lines, with pino. Loading pino takes time that the start of the agent should not wait for. So events
 * are kept until the agent has been spawned, or for a moment. Each line has the time of its event.
 *
 * @see https://getpino.io
 */
export function writeLogLines({ bus, stream, level }: LogLinesOptions): LogLines {
  let waiting: RuntimeEvent[] | null = [];
  let loading: Promise<void> | undefined;
  let logger: Logger | undefined;
  const load = (): Promise<void> => {
    loading ??= createLogger(stream, level).then(
      (made) => {
        logger = made;
        for (const event of waiting ?? []) log(made, event);
        waiting = null;
      },
      (error: Error) => {
        // A sandbox boots without its logger, too, and says once why there is no log.
        waiting = null;
        show(stream, `${JSON.stringify({ level: 50, msg: `no log: ${error.message}` })}\n`);
      },
    );
    return loading;
  };
  const timer = setTimeout(load, LATEST_MS);
  timer.unref();
  const unsubscribe = bus.subscribe((event) => {
    if (logger === undefined) waiting?.push(event);
    else if (!isTooMuchFor(stream, event)) log(logger, event);
    if (event.type === "phase.ended" && event.id === "agent.spawn") void load();
  });
  return {
    flush: load,
    end: () => {
      clearTimeout(timer);
      unsubscribe();
    },
  };
}

async function createLogger(stream: Writable, level: LogLevel): Promise<Logger> {
  // The default export, because it is the only one that the CommonJS bundle has.
  const { default: pino } = await import("pino");
  return pino(
    {
      level,
      // Each line has the time of its event.
      timestamp: false,
      base: { name: "sandboot", pid: process.pid, runtimeVersion: RUNTIME_VERSION },
    },
    { write: (line) => show(stream, line) },
  );
}

function log(logger: Logger, event: RuntimeEvent): void {
  const { level, msg, fields } = logRecordOf(event);
  logger[level]({ time: Date.parse(event.at), ...fields }, msg);
}
