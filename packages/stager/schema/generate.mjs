// `node schema/generate.mjs` writes stage-plan.schema.json anew; a test says when that is due.
import { writeFileSync } from "node:fs";
import { stagePlanJsonSchema } from "../src/plan/json-schema.ts";

writeFileSync(new URL("stage-plan.schema.json", import.meta.url), stagePlanJsonSchema());
