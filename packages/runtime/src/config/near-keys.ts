import { nearest } from "../base/nearest.ts";

/** The part of a JSON Schema that says which keys there are. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

/**
 * The key that an unknown one was probably meant to be; null when none is near.
 *
 * @param path - To the object with the key.
 */
export function nearKey(schema: object, path: readonly PropertyKey[], key: string): string | null {
  const places = path.reduce<readonly Schema[]>(
    (schemas, step) => schemas.flatMap((one) => below(one, step)),
    [schema],
  );
  return nearest(
    key,
    places.flatMap(branches).flatMap(({ properties = {} }) => Object.keys(properties)),
  );
}

function branches(schema: Schema): readonly Schema[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(branches)];
}

function below(schema: Schema, step: PropertyKey): readonly Schema[] {
  return branches(schema).flatMap(({ properties, items, additionalProperties }) => {
    if (typeof step === "number") return items ?? [];
    const own = properties?.[String(step)];
    if (own !== undefined) return own;
    return typeof additionalProperties === "object" ? additionalProperties : [];
  });
}
