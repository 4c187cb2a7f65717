import { availableParallelism, loadavg } from "node:os";

/** Where a benchmark ran, for its JSON. */
export function describeMachine() {
  return {
    cores: availableParallelism(),
    load: loadavg(),
    node: process.version,
    platform: process.platform,
  };
}

/** What to say before a benchmark when others use this machine, too; null when they do not. */
export function busyWarning(): string | null {
  const [load = 0] = loadavg();
  if (load <= availableParallelism() / 2) return null;
  return `This machine is busy (load ${load.toFixed(1)}): expect noise.`;
}
