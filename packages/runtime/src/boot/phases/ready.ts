import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** The sandbox is ready: said once, to everyone who listens. */
export function ready(boot: Boot): BootPhase {
  return {
    id: "ready",
    title: "Ready",
    needs: ["bridge"],
    where: "main",
    required: true,
    run: async ({ output }) => {
      const { url } = output("bridge");
      const readyMs = boot.clock.nowMs();
      boot.bus.emit({ type: "boot.ready", readyMs, urls: { bridge: url, ...boot.sidecarUrls() } });
      return { readyMs };
    },
  };
}
