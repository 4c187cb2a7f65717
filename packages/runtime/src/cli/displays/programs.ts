import type { Display, DisplayOptions } from "../display.ts";
import { writeJsonLines } from "../terminal/json-lines.ts";

/** Writes the events of a boot for programs, from the first on. */
export function showToPrograms({ bus }: DisplayOptions): Display {
  const end = writeJsonLines(bus, process.stdout);
  return {
    booted: async (report, next) => {
      const { explainFailure } = await import("../explain-failure.ts");
      explainFailure(report, next);
    },
    recorded: async () => {},
    ended: async () => end(),
  };
}
