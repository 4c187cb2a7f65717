import * as z from "zod";
import { stagePlanSchema } from "./schema.ts";

/** The plan's JSON Schema, for editors. It describes the file as written, so keys with a default are optional. */
export function stagePlanJsonSchema(): string {
  const schema = z.toJSONSchema(stagePlanSchema, { io: "input" });
  const titled = { $schema: schema.$schema, title: "sandboot stage plan", ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
