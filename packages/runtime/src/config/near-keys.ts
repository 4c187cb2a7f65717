import type * as z from "zod";
import { nearest } from "../base/nearest.ts";
import type { KeyNear } from "./errors.ts";

/** Finds the key that an unknown one was probably meant to be, in what a schema describes. */
export function keyNearIn(schema: z.core.$ZodType): KeyNear {
  return (path, key) => {
    const places = path.reduce<readonly z.core.$ZodType[]>(
      (schemas, step) => schemas.flatMap((one) => below(one, step)),
      [schema],
    );
    return nearest(key, places.flatMap(keysOf));
  };
}

function keysOf(schema: z.core.$ZodType): readonly string[] {
  return branches(schema).flatMap(({ def }) =>
    def.type === "object" ? Object.keys(def.shape) : [],
  );
}

/** The schemas of what is at one step below a value. */
function below(schema: z.core.$ZodType, step: PropertyKey): readonly z.core.$ZodType[] {
  return branches(schema).flatMap(({ def }) => {
    if (def.type === "object") return def.shape[String(step)] ?? [];
    if (def.type === "array") return def.element;
    return def.type === "record" ? def.valueType : [];
  });
}

/** What a schema is within its defaults and unions. */
function branches(schema: z.core.$ZodType): readonly z.core.$ZodTypes["_zod"][] {
  const { _zod } = schema as z.core.$ZodTypes;
  const { def } = _zod;
  if (def.type === "union") return def.options.flatMap(branches);
  return "innerType" in def ? branches(def.innerType) : [_zod];
}
