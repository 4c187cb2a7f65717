import type { Writable } from "node:stream";
import type { Logger } from "pino";
import { RUNTIME_VERSION } from "../../base/version.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { RuntimeEvent } from "../../protocol/index.ts";
import { type LogLevel, logRecordOf } from "./log-record.ts";

export interface LogLinesOptions {
  readonly bus: EventBus;
  readonly stream: Writable;
  readonly level: LogLevel;
}

export interface LogLines {
  /** Resolves when everything that has happened so far was given to the stream. */
  flush(): Promise<void>;
  /** Nothing is written any more. */
  end(): void;
}

/** How long the logger may be waited for in a boot that spawns no agent early. */
const LATEST_MS = 400;

/**
 * Writes what happens as lines of pino. Loading pino takes a while that nobody should wait for who waits for the agent:
 * lines are kept until its process has been spawned, or for a moment, and carry the time of what they tell.
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
        // An image without the file of the logger boots nevertheless, and says why it is so quiet.
        waiting = null;
        stream.write(`${JSON.stringify({ level: 50, msg: `no log: ${error.message}` })}\n`);
      },
    );
    return loading;
  };
  const timer = setTimeout(load, LATEST_MS);
  timer.unref();
  const unsubscribe = bus.subscribe((event) => {
    if (logger === undefined) waiting?.push(event);
    else log(logger, event);
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
  // The default export: bundled, it is the only one that CommonJS has.
  const { default: pino } = await import("pino");
  return pino(
    {
      level,
      // Each line brings the time of its event.
      timestamp: false,
      base: { name: "sandboot", pid: process.pid, runtimeVersion: RUNTIME_VERSION },
    },
    stream,
  );
}

function log(logger: Logger, event: RuntimeEvent): void {
  const { level, msg, fields } = logRecordOf(event);
  logger[level]({ time: Date.parse(event.at), ...fields }, msg);
}
