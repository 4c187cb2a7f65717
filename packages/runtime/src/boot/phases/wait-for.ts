import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Failed } from "../../base/failed.ts";
import { readText } from "../../base/text-file.ts";
import type { Config } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootPhase } from "./phase.ts";

type Gate = Config["hooks"]["waitFor"][number];

/** The file is polled, because a watch reports nothing on some network and overlay file systems. */
const SPACING_MS = 50;

/**
 * The gates before the start hooks: each waits for lines of a file that somebody outside of the sandbox writes. One that waits
 * in vain costs a warning.
 */
export function waitFor(config: Config): BootPhase[] {
  return gatesOf(config).map((gate) => ({
    plan: {
      id: `wait.${gate.id}`,
      title: `Wait for ${gate.file}`,
      needs: [],
      where: "main",
      required: false,
      timeoutMs: milliseconds(gate.seconds) + FILE_WORK_MS,
    },
    run: async (_, { signal, detail, waitingFor }) => {
      const { file, lines, seconds, keepWith } = gate;
      if (keepWith !== undefined && !linesOf(file).includes(keepWith))
        await rm(file, { force: true });
      if (lines.length === 0) return;
      waitingFor(`${lines.join(", ")} in ${file}, at most ${seconds} s`);
      await linesIn(gate, signal);
      detail({ file, lines: [...lines] });
    },
  }));
}

/** The phases that must have ended before a start hook. */
export function waitForIds(config: Config): string[] {
  return gatesOf(config).map(({ id }) => `wait.${id}`);
}

/** A build runs no start hooks. */
function gatesOf({ mode, hooks }: Config): readonly Gate[] {
  return mode === "build" ? [] : hooks.waitFor;
}

/** @throws Failed `lines-missing` when the time is over. */
async function linesIn({ file, lines, seconds }: Gate, signal: AbortSignal): Promise<void> {
  const timeoutMs = milliseconds(seconds);
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const there = linesOf(file);
    const missing = lines.filter((start) => !there.some((line) => line.startsWith(start)));
    if (missing.length === 0) return;
    if (performance.now() >= endMs) {
      throw new Failed({ code: "lines-missing", file, lines: missing, timeoutMs });
    }
    await delay(SPACING_MS, undefined, { signal });
  }
}

function linesOf(file: string): string[] {
  return (readText(file) ?? "").split("\n");
}
