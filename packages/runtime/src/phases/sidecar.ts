import { PhaseFailure } from "../graph/phase.ts";
import type { ManagedProcess } from "../supervise/managed-process.ts";
import type { BootPhase } from "./outputs.ts";

/** Starts one sidecar; an optional one that fails or is not installed costs a warning (C9). */
export function sidecar(process: ManagedProcess): BootPhase {
  const { status } = process.state;
  return {
    id: `sidecar.${process.id}`,
    title: `Start ${process.id}`,
    needs: [],
    where: "main",
    required: !process.state.optional,
    run: async ({ signal, detail }) => {
      if (status.id === "not-installed") {
        throw new PhaseFailure({
          code: "not-installed",
          message: `${process.id}: ${status.command} is not installed`,
        });
      }
      const pid = await process.spawn();
      const readiness = await process.ready(signal);
      detail({ pid, by: readiness.by, attempts: readiness.attempts });
      return { pid };
    },
  };
}
