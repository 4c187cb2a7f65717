import type { CatalogueIndex } from "./catalogue.ts";
import { asObject, namedProviders, offers } from "./named.ts";

/** A provider of the agent's catalogue, and the setting that asks for it. */
export interface AskedProvider {
  readonly provider: string;
  readonly by: Asker;
}

/** A setting that makes the agent offer a provider, or names one of its models. */
export type Asker =
  | { readonly id: "unasked" }
  | { readonly id: "configuration"; readonly key: string }
  | { readonly id: "credentials" }
  | { readonly id: "environment"; readonly name: string };

/** Everything that can ask the agent for a provider. */
export interface AskedOf {
  /** OpenCode's configuration. */
  readonly config: unknown;
  /** OpenCode's `auth.json`. */
  readonly auth: unknown;
  /** The environment of the agent's process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The providers of the agent's catalogue that configuration, credentials or environment ask for. Each comes once, with the
 * first setting that asks for it. A provider that the configuration itself defines is left out: no catalogue has it.
 */
export function askedProviders(
  index: Pick<CatalogueIndex, "known" | "unasked">,
  { config, auth, env }: AskedOf,
): AskedProvider[] {
  const candidates: AskedProvider[] = [
    ...namedProviders(config).map(({ provider, key }) => ({
      provider,
      by: { id: "configuration", key } as const,
    })),
    ...Object.keys(asObject(auth)).map((provider) => ({
      provider,
      by: { id: "credentials" } as const,
    })),
    ...Object.entries(index.known).flatMap(([provider, names]) => {
      // As in OpenCode, an empty variable counts as unset.
      const name = names.find((candidate) => (env[candidate] ?? "") !== "");
      return name === undefined ? [] : [{ provider, by: { id: "environment", name } as const }];
    }),
    ...index.unasked.map((provider) => ({ provider, by: { id: "unasked" } as const })),
  ];
  const asked = new Map<string, AskedProvider>();
  for (const candidate of candidates) {
    const { provider } = candidate;
    if (asked.has(provider) || !Object.hasOwn(index.known, provider)) continue;
    if (offers(config, provider)) asked.set(provider, candidate);
  }
  return [...asked.values()];
}
