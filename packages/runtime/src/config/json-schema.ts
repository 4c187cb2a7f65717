import * as z from "zod";
import { bindingSchema } from "../protocol/binding.ts";
import { configFileSchema } from "./schema.ts";

/**
 * Makes the JSON Schema of `sandboot.json` from the schema that reads it. It describes the file as written, so keys with a
 * default are optional.
 */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configFileSchema, { io: "input" });
  return {
    $schema,
    title: "sandboot",
    description: "How a sandbox boots. Relative paths are relative to this file.",
    ...schema,
  };
}

/** Makes the JSON Schema of a binding, as written. */
export function bindingJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(bindingSchema, { io: "input" });
  return {
    $schema,
    title: "sandboot binding",
    description: "All that is one tenant's: what a seed is given to become its sandbox.",
    ...schema,
  };
}
