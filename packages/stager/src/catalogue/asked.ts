import type { CatalogueIndex } from "./catalogue.ts";
import { asObject, namedProviders, offers } from "./named.ts";

/** A provider of the agent's catalogue, and what asks for it. */
export interface AskedProvider {
  readonly provider: string;
  readonly by: Asker;
}

/** What makes the agent offer a provider, or name one of its models. */
export type Asker =
  | { readonly id: "unasked" }
  | { readonly id: "configuration"; readonly key: string }
  | { readonly id: "credentials" }
  | { readonly id: "environment"; readonly name: string };

/** Everything that can ask an agent for a provider. */
export interface AskedOf {
  /** Configuration of OpenCode. */
  readonly config: unknown;
  /** Content of OpenCode's `auth.json`. */
  readonly auth: unknown;
  /** Environment of the agent's process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The providers of the agent's catalogue that this configuration, these credentials and this environment ask for; each
 * once, with the first that asks. A provider that the configuration defines itself is in no catalogue and not among them.
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
      // As OpenCode does it: set to nothing is not set.
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
