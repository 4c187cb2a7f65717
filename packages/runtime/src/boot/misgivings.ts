import type { ConfigWarning } from "../config/config.ts";

/** A warning before anything has been started. */
interface Misgiving {
  readonly source: string;
  readonly message: string;
}

/**
 * What bodes ill for a boot and does not keep it from working.
 *
 * @param pid - Our own. As PID 1 of a container we inherit every orphan in it, and Node waits only for children that it
 *   started itself; everything else that an init does (signals, an exit code, the end of the container) works.
 */
export function misgivingsOf(warnings: readonly ConfigWarning[], pid: number): Misgiving[] {
  const found = warnings.map(({ message, hint }) => ({
    source: "config",
    message: `${message}; ${hint}`,
  }));
  if (pid !== 1) return found;
  const message =
    "sandboot is PID 1, and what hooks and tools leave behind stays as zombies, because Node does not wait for it; " +
    'let an init be PID 1: ENTRYPOINT ["tini", "--", "sandboot", …], or docker run --init';
  return [...found, { source: "pid-1", message }];
}
