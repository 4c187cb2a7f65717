import * as z from "zod";
import { configFileSchema } from "./schema.ts";

/**
 * The JSON Schema of `sandboot.json`, made from the schema that reads it. It describes what a person writes: keys with
 * a default may be left out.
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
