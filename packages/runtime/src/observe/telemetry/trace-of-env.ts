import type { BootTrace, Env } from "./boot-trace.ts";

/**
 * The trace that the environment asks for: it names an OTLP endpoint and does not disable the SDK. Otherwise null.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export async function bootTraceOf(env: Env): Promise<BootTrace | null> {
  return isWanted(env) ? (await import("./make-trace.ts")).makeTrace(env) : null;
}

function isWanted(env: Env): boolean {
  const endpoint =
    env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"] || "";
  const exporters = (env["OTEL_TRACES_EXPORTER"] || "otlp").split(",").map((name) => name.trim());
  const disabled = env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true";
  return endpoint !== "" && exporters.includes("otlp") && !disabled;
}
