import * as z from "zod";

/** Anything that JSON can say. One schema, so that descriptions made of it (OpenAPI) have one name for it. */
export const jsonSchema = z.json();
