import type { Display, DisplayOptions } from "../display.ts";
import { explainFailure } from "../explain-failure.ts";
import type { LogLevel } from "../terminal/log-level.ts";
import { writeLogLines } from "../terminal/log-lines.ts";

/** Writes a boot as lines of a log. */
export function showInLog({ bus }: DisplayOptions, level: LogLevel): Display {
  const lines = writeLogLines({ bus, stream: process.stdout, level });
  return {
    booted: async (report, next) => {
      await lines.flush();
      explainFailure(report, next);
    },
    recorded: async () => {},
    ended: async () => {
      await lines.flush();
      lines.end();
    },
  };
}
