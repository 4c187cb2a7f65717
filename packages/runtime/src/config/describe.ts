import { createRedactor, isSecretName, REDACTED } from "../base/redact.ts";
import { warningText } from "../base/warning-text.ts";
import type { Config } from "./config.ts";
import { secretsOf } from "./secrets.ts";

/**
 * A resolved configuration as it may be shown: secrets hidden, and of the environment only the names that went into it.
 */
export function describeConfig(config: Config): Record<string, unknown> {
  const { env, ...rest } = {
    ...config,
    warnings: config.warnings.map((warning) => ({ ...warning, ...warningText(warning) })),
  };
  const { redact } = createRedactor(env, secretsOf(config));
  // What stands under a secret name is hidden however short it is; the redactor finds the others, wherever they stand.
  const text = JSON.stringify(redact(rest), (name, value: unknown) =>
    typeof value === "string" && isSecretName(name) ? REDACTED : value,
  );
  return JSON.parse(text) as Record<string, unknown>;
}
