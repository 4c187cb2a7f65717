import { assertPortFree } from "../../process/ports.ts";
import type { Sidecar } from "../../sidecars/sidecar.ts";
import type { BootPhase } from "./outputs.ts";

/**
 * Starts one sidecar; an optional one that fails or is not installed costs a warning (C9). Its first start decides the
 * phase; whether it is started again is the supervision's business, and nobody waits for that.
 */
export function sidecar({ process, needs, portKey, prepare }: Sidecar): BootPhase {
  const { port, optional } = process.state;
  return {
    id: `sidecar.${process.id}`,
    title: `Start ${process.id}`,
    needs: [...needs],
    where: "main",
    required: !optional,
    run: async ({ signal, detail, warn }) => {
      if (port !== null) await assertPortFree(port, portKey);
      await prepare(warn);
      signal.throwIfAborted();
      process.supervise();
      const pid = await process.start();
      const readiness = await process.ready(signal);
      detail({ pid, by: readiness.by, attempts: readiness.attempts });
      return { pid };
    },
  };
}
