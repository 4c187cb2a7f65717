import type { Config } from "../../config/config.ts";
import { assertPortFree } from "../../process/ports.ts";
import { sidecarsOf } from "../../sidecars/list.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "processes" | "defer" | "present" | "onPresent">;

/**
 * Starts the sidecars, each by itself. An optional one that fails or is not installed costs a warning (C9). The first
 * start decides the phase; later restarts are up to the supervisor.
 */
export function sidecars(config: Config): BootPhase[] {
  return sidecarsOf(config).map(({ process: { id, port, optional }, needs, portKey, prepare }) => ({
    plan: {
      id: `sidecar.${id}`,
      title: `Start ${id}`,
      needs: [...needs],
      where: "main",
      required: !optional,
    },
    run: async ({ processes, ...parts }: Parts, { signal, detail, warn, waitingFor }) => {
      const process = processes.get(id);
      if (port !== null) await assertPortFree(port, portKey);
      await prepare({ ...parts, process, warn });
      signal.throwIfAborted();
      process.supervise();
      const pid = await process.start();
      waitingFor(`${id} to be ready`);
      const { by, attempts } = await process.ready(signal);
      detail({ pid, by, attempts });
    },
  }));
}
