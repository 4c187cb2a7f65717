import { rm } from "node:fs/promises";
import { join } from "node:path";
import { installStage, type StagePool } from "@sandboot/stager";
import type { Contender } from "../lib/alternate.ts";

/**
 * Installs an intact stage by links into an empty target, and installs it again unchanged. Samples are milliseconds of the
 * whole call: the lock, the way to the worker and back, and the work.
 */
export function installContenders(options: {
  readonly pool: StagePool;
  readonly stageDir: string;
  readonly targets: string;
}): Contender<number>[] {
  const { pool, stageDir, targets } = options;
  const targetDir = join(targets, "links");
  const install = async (signal: AbortSignal) => {
    const { durationMs } = await installStage({ pool, stageDir, targetDir, env: {}, signal });
    return durationMs;
  };
  return [
    {
      id: "install",
      run: async (_round, signal) => {
        await rm(targetDir, { recursive: true, force: true });
        return install(signal);
      },
    },
    {
      id: "re-install",
      run: async (_round, signal) => {
        await install(signal);
        return install(signal);
      },
    },
  ];
}
