import { createStagePool } from "@sandboot/stager";
import type { BootFlags } from "./boot-command.ts";

/**
 * `sandboot boot`, in two steps: the worker threads start first, and while they do, on another core, the rest of the
 * code is loaded. Together they are the larger part of the way from process start to `agent.spawn`.
 */
export async function bootCommand(flags: BootFlags): Promise<number> {
  await using pool = createStagePool();
  const { boot } = await import("./boot-command.ts");
  return await boot(flags, pool);
}
