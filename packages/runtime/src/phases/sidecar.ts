import type { ManagedProcess } from "../supervise/managed-process.ts";
import type { BootPhase } from "./outputs.ts";

/**
 * Starts one sidecar; an optional one that fails or is not installed costs a warning (C9). Its first start decides the
 * phase; whether it is started again is the supervision's business, and nobody waits for that.
 */
export function sidecar(process: ManagedProcess): BootPhase {
  return {
    id: `sidecar.${process.id}`,
    title: `Start ${process.id}`,
    needs: [],
    where: "main",
    required: !process.state.optional,
    run: async ({ signal, detail }) => {
      process.supervise();
      const pid = await process.start();
      const readiness = await process.ready(signal);
      detail({ pid, by: readiness.by, attempts: readiness.attempts });
      return { pid };
    },
  };
}
