/** A provider that OpenCode's configuration names, and the key that names it. */
export interface NamedProvider {
  readonly provider: string;
  readonly key: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Keys with agents or commands by name. Each of them may name its own model. */
const WITH_MODELS = ["agent", "mode", "command"] as const;

/**
 * The providers that OpenCode's configuration names: by options for them, or by one of their models.
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

/** Whether OpenCode's configuration allows a provider. */
export function offers(config: unknown, provider: string): boolean {
  const { enabled_providers, disabled_providers } = asObject(config);
  const isEnabled =
    !Array.isArray(enabled_providers) || textsOf(enabled_providers).includes(provider);
  return isEnabled && !textsOf(disabled_providers).includes(provider);
}

/** The provider of a model: the part before the first slash. `anthropic/claude-sonnet-5` is a model of `anthropic`. */
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
