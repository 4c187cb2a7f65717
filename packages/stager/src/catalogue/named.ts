/** A provider that a configuration of OpenCode names, and the key that names it. */
export interface NamedProvider {
  readonly provider: string;
  readonly key: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Keys that hold agents or commands by name, each of which may name a model of its own. */
const WITH_MODELS = ["agent", "mode", "command"] as const;

/**
 * The providers that a configuration of OpenCode names: by their options, and by a model of theirs.
 *
 * @see https://opencode.ai/docs/config
 */
export function namedProviders(config: unknown): NamedProvider[] {
  const { provider, model, small_model, enabled_providers, ...rest } = asObject(config);
  return [
    ...Object.keys(asObject(provider)).map((id) => ({ provider: id, key: `provider.${id}` })),
    ...ofModel(model, "model"),
    ...ofModel(small_model, "small_model"),
    ...textsOf(enabled_providers).map((id) => ({ provider: id, key: "enabled_providers" })),
    ...WITH_MODELS.flatMap((key) =>
      Object.entries(asObject(rest[key])).flatMap(([name, value]) =>
        ofModel(asObject(value)["model"], `${key}.${name}.model`),
      ),
    ),
  ];
}

/** Whether a configuration of OpenCode lets a provider be offered at all. */
export function offers(config: unknown, provider: string): boolean {
  const { enabled_providers, disabled_providers } = asObject(config);
  const isEnabled =
    !Array.isArray(enabled_providers) || textsOf(enabled_providers).includes(provider);
  return isEnabled && !textsOf(disabled_providers).includes(provider);
}

/** `anthropic/claude-sonnet-5` is a model of `anthropic`; so is what follows the first slash, slashes included. */
function ofModel(model: unknown, key: string): NamedProvider[] {
  const provider = typeof model === "string" ? /^([^/]+)\//.exec(model)?.[1] : undefined;
  return provider === undefined ? [] : [{ provider, key }];
}

export function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
