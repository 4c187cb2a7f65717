import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "clock" | "emit" | "processes">;

/** Tells everybody that the sandbox is ready, and where its parts are. */
export function ready(): BootPhase {
  return {
    plan: { id: "ready", title: "Ready", needs: ["bridge"], where: "main", required: true },
    run: async ({ clock, emit, processes }: Parts, { output }) => {
      const { url } = output("bridge");
      const sidecars = processes
        .list()
        .map(({ state }) => state)
        .filter(({ kind, status }) => kind === "sidecar" && status.id === "running");
      const urls = sidecars.flatMap(({ id, url: address }) =>
        address === null ? [] : [[id, address]],
      );
      emit({
        type: "boot.ready",
        readyMs: clock.nowMs(),
        urls: { ...(url !== null && { bridge: url }), ...Object.fromEntries(urls) },
      });
    },
  };
}
