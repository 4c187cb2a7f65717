import { createRedactor, isSecretName, REDACTED } from "../base/redact.ts";
import { warningText } from "../base/warning-text.ts";
import type { Config } from "./config.ts";
import { secretsOf } from "./secrets.ts";

/**
 * Makes a configuration safe to show: secrets are hidden, and of the environment only the names of applied variables remain.
 */
export function describeConfig(config: Config): Record<string, unknown> {
  const {
    env,
    written: _,
    bound: __,
    ...rest
  } = {
    ...config,
    warnings: config.warnings.map((warning) => ({ ...warning, ...warningText(warning) })),
  };
  const { redact } = createRedactor(env, secretsOf(config));
  // A value with a secret name is hidden, even a short one. The redactor hides secrets in all other strings.
  const text = JSON.stringify(redact(rest), (name, value: unknown) =>
    typeof value === "string" && isSecretName(name) ? REDACTED : value,
  );
  return JSON.parse(text) as Record<string, unknown>;
}
