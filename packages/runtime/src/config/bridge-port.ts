import type { Config } from "./config.ts";

/** Whether the boot makes sure that `bridge.port` answers. Another bridge need not listen: it may connect to somebody. */
export function listensOnPort({ command, readiness }: Config["bridge"]): boolean {
  if (command === undefined) return true;
  return readiness !== undefined && ("http" in readiness || "tcp" in readiness);
}
