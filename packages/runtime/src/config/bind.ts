import { isToken } from "../base/bearer.ts";
import type { InputProblem } from "../base/failure.ts";
import type { Binding } from "../protocol/binding.ts";
import { agentsOf, isOpenCode } from "./agents.ts";
import { withAuth } from "./auth.ts";
import type { Agent, Config } from "./config.ts";
import { contradictions } from "./contradictions.ts";
import { bindingFromEnv, type Env, vcsHostOf } from "./env.ts";
import { resolveEnvReferences } from "./env-references.ts";
import { describeValue, problemsOf, withoutValues } from "./errors.ts";
import { problemsOfJson } from "./plain-json.ts";
import { resolveConfig } from "./resolve.ts";
import type { ConfigFile } from "./schema.ts";
import { readSession, repositoriesOf, setsConfig } from "./session.ts";
import { type Tenancy, withTenancy } from "./tenancy.ts";

type Problems = { readonly id: "invalid"; readonly problems: readonly InputProblem[] };

/** Reads a binding document by its schema. What is wrong is named by key and type, and never by value. */
export async function readBinding(
  document: unknown,
  source: string,
): Promise<{ readonly id: "read"; readonly binding: Binding } | Problems> {
  const unfit = problemsOfJson(document, source);
  if (unfit.length > 0) return { id: "invalid", problems: unfit };
  // Loaded here, because no boot needs the protocol's schemas before it has started the agent.
  const { bindingSchema } = await import("../protocol/binding.ts");
  const parsed = bindingSchema.safeParse(document);
  if (parsed.success) return { id: "read", binding: parsed.data };
  const { keyNearIn } = await import("./near-keys.ts");
  const help = { keyNear: keyNearIn(bindingSchema), page: "docs/warm-pools.md" };
  const problems = problemsOf(parsed.error, source, document, help);
  return { id: "invalid", problems: withoutValues(problems) };
}

/**
 * The configuration of a seed with a tenant's binding on it, made and checked as a boot's is.
 *
 * @param seed - Of the seed. Its `binding.fixed` names what a binding must not set.
 * @param id - Of the binding.
 */
export function bindConfig(
  seed: Config,
  binding: Binding,
  { id, source }: { readonly id: string; readonly source: string },
): { readonly id: "bound"; readonly config: Config } | Problems {
  const problems: InputProblem[] = [];
  const env = { ...seed.env, ...binding.env };
  const tenancy = tenancyOf(binding, { seedEnv: seed.env, source }, problems);
  problems.push(...fixedProblems(seed.binding.fixed, { ...tenancy, env: binding.env }, source));
  const [settings, complete] = withoutTokensOfThePool(seed, tenancy);
  const file = withTenancy(settings, complete, { source }, problems);
  const filled = withAuth(resolveEnvReferences(file, env, source, problems), env, source, problems);
  const made = resolveConfig({
    ...seed.written,
    file: filled,
    env: withSessionVariable(env, binding, agentsOf(seed)),
  });
  const config: Config = {
    ...made,
    ...withEnvOf(made, seed),
    bound: { id, seedEnv: seed.env },
    written: seed.written,
  };
  if (config.repositories.length === 0) {
    const expected = "at least one, because the seed's config has none";
    problems.push({ source, key: "repositories", expected, found: "nothing" });
  }
  problems.push(
    ...agentsProblems(seed, binding, source),
    ...contradictions(config, source),
    ...strangersProblems(seed, tenancy, source),
    ...sharedTokenProblems(seed, tenancy, source),
  );
  return problems.length > 0 ? { id: "invalid", problems } : { id: "bound", config };
}

/** The seed's variables are kept: the sandbox itself has added the passwords of the agents' servers to them. */
function withEnvOf(made: Config, seed: Config): Pick<Config, "agent" | "otherAgents"> {
  const [agent = made.agent, ...otherAgents] = agentsOf(made).map((agent, at) => ({
    ...agent,
    env: { ...agentsOf(seed)[at]?.env, ...agent.env },
  }));
  return { agent, otherAgents };
}

/** What the keys of a binding say, and what its variables say that have a meaning at a boot, too. Keys win. */
function tenancyOf(
  binding: Binding,
  { seedEnv, source }: { readonly seedEnv: Env; readonly source: string },
  problems: InputProblem[],
): Tenancy {
  const said = binding.env === undefined ? {} : fromVariables(binding.env, source, problems);
  const place = { source, key: "session" };
  const session =
    binding.session === undefined
      ? said.session
      : (readSession(binding.session, place, problems) ?? undefined);
  const host = vcsHostOf({ ...seedEnv, ...binding.env });
  const named = session === undefined ? [] : repositoriesOf(session, host);
  const {
    sandboxId = said.sandboxId,
    agent,
    agents,
    controlPlane,
    tokens,
    codeServer,
    git,
    hooks,
  } = binding;
  return {
    sandboxId,
    session,
    repositories: repositoriesIn(binding) ?? (named.length > 0 ? named : said.repositories),
    ...(agent !== undefined && { agent }),
    ...(agents !== undefined && { agents }),
    controlPlane: { ...said.controlPlane, ...controlPlane },
    tokens: { ...said.tokens, ...tokens },
    codeServer: { ...said.codeServer, ...codeServer },
    ...(git !== undefined && { git }),
    hooks: { ...said.hooks, ...hooks },
  };
}

/**
 * A tenant that brings tokens gets rid of the pool's: its token for prompts is that for the status API, too, and a token of
 * the pool is never sent to a control plane of the tenant.
 *
 * @returns The settings of the seed and the tenancy that is put onto them.
 */
function withoutTokensOfThePool(seed: Config, tenancy: Tenancy): [ConfigFile, Tenancy] {
  const { file } = seed.written;
  const { fixed } = seed.binding;
  const { tokens, controlPlane } = tenancy;
  const isStatusFixed = fixed.includes("tokens") || fixed.includes("tokens.status");
  const status = tokens?.status ?? (isStatusFixed ? undefined : tokens?.bridge);
  const { token: _, ...withoutToken } = file.controlPlane;
  const isOthers = controlPlane?.url !== undefined;
  return [
    isOthers ? { ...file, controlPlane: withoutToken } : file,
    { ...tenancy, tokens: { ...tokens, status } },
  ];
}

/** Agents that the seed does not have, and the primary one by both its names. */
function agentsProblems(
  seed: Config,
  { agent, agents = {} }: Binding,
  source: string,
): InputProblem[] {
  const known = agentsOf(seed).flatMap(({ id }) => id ?? []);
  const oneOf =
    known.length === 0
      ? "agent, because the seed has no agents with ids"
      : `one of ${known.join(", ")}`;
  return Object.keys(agents).flatMap((id) => {
    const key = `agents.${id}`;
    if (!known.includes(id)) return [{ source, key, expected: oneOf, found: "another id" }];
    if (id !== seed.agent.id || agent === undefined) return [];
    const expected = `nothing, because agent is for ${id}, too`;
    return [{ source, key, expected, found: "an object" }];
  });
}

function strangersProblems(
  { bridge }: Config,
  { controlPlane, tokens }: Tenancy,
  source: string,
): InputProblem[] {
  const isAlone = controlPlane?.token === undefined && tokens?.bridge === undefined;
  if (controlPlane?.url === undefined || !isAlone || bridge.token === null) return [];
  const expected = "one, or tokens.bridge, because the seed's own token is not for another's URL";
  return [{ source, key: "controlPlane.token", expected, found: "nothing" }];
}

/** Whoever has a token of the pool would have the tenant's sandbox. */
function sharedTokenProblems(
  { binding, status }: Config,
  { tokens }: Tenancy,
  source: string,
): InputProblem[] {
  const ofThePool = {
    "binding.enrolmentToken": binding.enrolmentToken,
    "status.metricsToken": status?.metricsToken,
  };
  return Object.entries({ ...tokens }).flatMap(([name, token]) =>
    Object.entries(ofThePool).flatMap(([key, shared]): InputProblem[] => {
      if (token === undefined || shared === undefined || !isToken(token, shared)) return [];
      const expected = `another token than the seed's ${key}`;
      return [{ source, key: `tokens.${name}`, expected, found: "the same one" }];
    }),
  );
}

function fromVariables(env: Env, source: string, problems: InputProblem[]): Tenancy {
  const found: InputProblem[] = [];
  const tenancy = bindingFromEnv(env, found);
  for (const problem of withoutValues(found)) {
    problems.push({ ...problem, source, key: `env.${problem.key}` });
  }
  return tenancy;
}

function repositoriesIn({ repositories }: Binding): ConfigFile["repositories"] | undefined {
  return repositories?.map((repository, index) => ({
    ...repository,
    name: repository.name ?? nameFromUrl(repository.url) ?? `repository-${index}`,
  }));
}

/** A file system takes no longer one. */
const LONGEST_NAME = 255;

/** `https://host/acme/shop.git` is `shop`. */
function nameFromUrl(url: string): string | null {
  const end = url.slice(-LONGEST_NAME);
  return /([A-Za-z0-9_][A-Za-z0-9._-]*?)(?:\.git)?\/*$/.exec(end)?.[1] ?? null;
}

/** An agent that sandboot does not configure reads the session from its environment. */
function withSessionVariable(env: Env, { session }: Binding, agents: readonly Agent[]): Env {
  if (session === undefined || agents.every(isOpenCode)) return env;
  return { ...env, SESSION_CONFIG: JSON.stringify(session) };
}

/** Keys that both sides set. A session sets OpenCode's configuration and may name repositories. */
function fixedProblems(
  fixed: ConfigFile["binding"]["fixed"],
  set: Tenancy & { readonly env: unknown },
  source: string,
): InputProblem[] {
  const { branch, repositories } = set.session ?? {};
  const ofTheAgent = setsConfig(set.session) ? set.session : undefined;
  const bySession: Readonly<Record<string, unknown>> = {
    "agent.config": ofTheAgent,
    agent: ofTheAgent,
    repositories: branch ?? repositories ?? undefined,
  };
  const ids = Object.keys(set.agents ?? {});
  return fixed.flatMap((key) => {
    // What is fixed for the primary agent is for the others, too.
    const same = ids.map((id) => key.replace(/^agent(?=\.|$)/, `agents.${id}`));
    const at = [key, ...same].find((place) => valueAt(set, place) !== undefined);
    const value = at === undefined ? bySession[key] : valueAt(set, at);
    if (value === undefined) return [];
    const expected = `nothing, because the seed's own config fixes ${key} (binding.fixed)`;
    const found = describeValue(value, "secret");
    return [{ source, key: at ?? "session", expected, found }];
  });
}

/** What a key holds; undefined when all that is in it is. */
function valueAt(set: object, key: string): unknown {
  let here: unknown = set;
  for (const name of key.split(".")) here = (here as Record<string, unknown> | undefined)?.[name];
  return isEmpty(here) ? undefined : here;
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((item) => item === undefined || isEmpty(item));
}
