import type { RestartConfig } from "../../config/sidecar-schema.ts";
import type { RestartPolicy } from "./restart-policy.ts";

/** The restart policy that the config asks for, by a word or an object. */
export function restartPolicy(config: RestartConfig): RestartPolicy {
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
    windowMs: windowSeconds * 1000,
    backoffMs: backoffSeconds * 1000,
    maxBackoffMs: maxBackoffSeconds * 1000,
    quietMs: quietSeconds * 1000,
  };
}
