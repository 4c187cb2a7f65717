import { milliseconds } from "../../config/milliseconds.ts";
import type { RestartConfig } from "../../config/sidecar-schema.ts";
import type { RestartPolicy } from "./restart-policy.ts";

/**
 * The restart policy that the config asks for, by a word or an object.
 *
 * @param codes - Exit codes that need no policy.
 */
export function restartPolicy(
  config: RestartConfig,
  codes: Pick<RestartPolicy, "doneCodes" | "hopelessCodes"> = {},
): RestartPolicy {
  const {
    when,
    max = 5,
    windowSeconds = 60,
    backoffSeconds = 0.25,
    maxBackoffSeconds = 30,
    quietSeconds = 60,
  } = typeof config === "string" ? { when: config } : config;
  return {
    when,
    maxRestarts: max,
    windowMs: milliseconds(windowSeconds),
    backoffMs: milliseconds(backoffSeconds),
    maxBackoffMs: milliseconds(maxBackoffSeconds),
    quietMs: milliseconds(quietSeconds),
    ...codes,
  };
}
