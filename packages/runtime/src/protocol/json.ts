import * as z from "zod";

/** Any JSON value. One schema, so that OpenAPI has one name for it. */
export const jsonSchema = z.json();
