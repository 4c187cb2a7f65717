import * as z from "zod";
import { stagePlanSchema } from "./schema.ts";

/** The plan's schema as editors and other programs read it: of what an author writes, so nothing with a default is required. */
export function stagePlanJsonSchema(): string {
  const schema = z.toJSONSchema(stagePlanSchema, { io: "input" });
  const titled = { $schema: schema.$schema, title: "sandboot stage plan", ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
