import type { Writable } from "node:stream";
import type { Logger } from "pino";
import { RUNTIME_VERSION } from "../../base/version.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { RuntimeEvent } from "../../protocol/index.ts";
import type { LogLevel } from "./log-level.ts";
import { logRecordOf } from "./log-record.ts";
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

/**
 * Writes events as log lines, with pino: those of the past, too, because this starts when the boot is under way. Each line
 * has the time of its event.
 *
 * @see https://getpino.io
 */
export function writeLogLines({ bus, stream, level }: LogLinesOptions): LogLines {
  const waiting: RuntimeEvent[] = [...(bus.since(0) ?? [])];
  let write = (event: RuntimeEvent) => {
    waiting.push(event);
  };
  const unsubscribe = bus.subscribe((event) => write(event));
  const loaded = createLogger(stream, level).then(
    (logger) => {
      write = (event) => {
        if (!isTooMuchFor(stream, event)) log(logger, event);
      };
      for (const event of waiting) log(logger, event);
    },
    (error: Error) => {
      // A sandbox boots without its logger, too, and says once why there is no log.
      write = () => {};
      show(stream, `${JSON.stringify({ level: 50, msg: `no log: ${error.message}` })}\n`);
    },
  );
  return { flush: () => loaded, end: unsubscribe };
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
