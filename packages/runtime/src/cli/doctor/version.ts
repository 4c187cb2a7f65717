import { tmpdir } from "node:os";
import { inheritedEnv } from "../../config/child-env.ts";
import { NO_GRACE } from "../../process/grace.ts";
import { runToEnd } from "../../process/run.ts";
import type { CheckContext } from "./check.ts";

/** Also for an agent of half a gigabyte whose first start this is, on a machine that is busy. */
const VERSION_MS = 60_000;

/**
 * The first line that a program prints for `--version`.
 *
 * @returns null when the program cannot be run, fails or does not answer.
 */
export async function versionLine(
  command: readonly string[],
  { config, signal }: CheckContext,
): Promise<string | null> {
  const [program = "", ...args] = command;
  const result = await runToEnd({
    command: program,
    args: [...args, "--version"],
    // A folder without a project, because some programs read files of their working folder.
    cwd: tmpdir(),
    env: inheritedEnv(config, "probe"),
    timeoutMs: VERSION_MS,
    signal,
    grace: NO_GRACE,
    leftovers: "end",
  });
  if (result.id !== "exited" || result.code !== 0) return null;
  return result.tail.find(({ line }) => line.trim() !== "")?.line.trim() ?? null;
}

/** The first version number in a text: `git version 2.39.5` → `2.39.5`. */
export function versionIn(text: string): string | null {
  return /\d+(?:\.\d+)+[\w.+-]*/.exec(text)?.[0] ?? null;
}

/** Whether a version is at least `wanted`, by its first numbers. */
export function atLeast(version: string, wanted: readonly number[]): boolean {
  const figures = version.split(".").map(Number);
  for (const [at, figure] of wanted.entries()) {
    const mine = figures[at] ?? 0;
    if (mine !== figure) return mine > figure;
  }
  return true;
}
