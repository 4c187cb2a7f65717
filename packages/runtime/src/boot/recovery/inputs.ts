import { stat } from "node:fs/promises";
import type { BootPhase } from "../phases/phase.ts";

/** What the files looked like that each phase reads, by phase id. */
export type Inputs = ReadonlyMap<string, string>;

/** Looks at the files that phases declare as their inputs. Never fails: a file that cannot be seen looks like none. */
export async function lookAtInputs(phases: readonly BootPhase[]): Promise<Inputs> {
  const looks = phases.map(async ({ plan: { id }, inputs = [] }) => {
    return [id, (await Promise.all(inputs.map(look))).join("\n")] as const;
  });
  return new Map(await Promise.all(looks));
}

/** Ids of the phases whose files look otherwise than before. */
export function changedInputs(before: Inputs, now: Inputs): string[] {
  return [...now].flatMap(([id, looks]) => (before.get(id) === looks ? [] : [id]));
}

/** An editor may write into the file, or put another in its place. */
async function look(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, mode } = await stat(path);
    return [ino, size, mtimeMs, mode].join(" ");
  } catch {
    return "none";
  }
}
