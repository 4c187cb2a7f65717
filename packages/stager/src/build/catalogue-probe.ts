// Runs in the agent and not in sandboot: a plugin of OpenCode, which runs on Bun and loads this file unchanged.
import { renameSync, writeFileSync } from "node:fs";

const LISTERS = ["entries", "keys", "values"] as const;

/**
 * Writes the agent's whole catalogue of models to the file that `SANDBOOT_CATALOGUE` names. No command of OpenCode prints
 * the catalogue itself. But OpenCode's own code has to list it, by one of the functions that this wraps.
 */
export const CatalogueProbe = async () => {
  const path = process.env["SANDBOOT_CATALOGUE"];
  if (path === undefined) return {};
  const original = { entries: Object.entries, keys: Object.keys, values: Object.values };
  for (const name of LISTERS) {
    const list = original[name] as (value: object) => unknown[];
    (Object as unknown as Record<string, unknown>)[name] = (value: object) => {
      if (isCatalogue(value)) {
        Object.assign(Object, original);
        writeFileSync(`${path}.new`, JSON.stringify(value));
        renameSync(`${path}.new`, path);
      }
      return list(value);
    };
  }
  return {};

  /** Whether a value is in the format of models.dev. OpenCode's own format has the provider in each model. */
  function isCatalogue(value: unknown): boolean {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const providers = original.values(value);
    return providers.length > 0 && providers.every(isProvider);
  }

  function isProvider(value: unknown): boolean {
    const { id, env, models } = (value ?? {}) as Record<string, unknown>;
    return (
      typeof id === "string" &&
      Array.isArray(env) &&
      typeof models === "object" &&
      models !== null &&
      original.values(models).every((model) => !("providerID" in (model as object)))
    );
  }
};
