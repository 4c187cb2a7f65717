import type { RuntimeWarning } from "../base/warning.ts";
import type { Config } from "../config/config.ts";

/**
 * What a boot warns of before it starts anything.
 *
 * @param pid - Of the runtime itself. PID 1 of a container inherits every orphan in it, and Node waits only for children
 *   that it has started. Everything else that an init does (signals, exit code, end of the container) works.
 */
export function startupWarnings(
  { warnings }: Pick<Config, "warnings">,
  pid: number,
): readonly RuntimeWarning[] {
  return pid === 1 ? [...warnings, { code: "pid-1" }] : warnings;
}
