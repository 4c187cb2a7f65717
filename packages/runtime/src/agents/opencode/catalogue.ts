import { createHash } from "node:crypto";
import { readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import {
  type AskedProvider,
  askedProviders,
  CATALOGUE_FOLDER,
  type CatalogueIndex,
  MODELS_FILE,
  readCatalogueIndex,
} from "@sandboot/stager";
import { readText } from "../../base/text-file.ts";
import type { WhyFullCatalogue } from "../../base/warning.ts";
import type { Config } from "../../config/config.ts";
import type { AgentPaths } from "../driver.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Which catalogue of models OpenCode works with (docs/opencode-facts.md#lazy-catalogue). */
export type CatalogueChoice =
  /** The one of the stage. */
  | { readonly id: "staged"; readonly index: CatalogueIndex; readonly folder: string }
  /** Its own. */
  | { readonly id: "full"; readonly why: WhyFullCatalogue }
  /** The one that the user's `OPENCODE_MODELS_PATH` names. */
  | { readonly id: "user" };

/** What the choice depends on that may change until the agent opens the workspace. */
export interface CatalogueSituation {
  /** OpenCode's configuration, as far as it is known; null when the agent did not tell it. */
  readonly config: unknown;
  /** Content of `auth.json`. */
  readonly auth: unknown;
  /** The agent's version; null while it is not known. */
  readonly version: string | null;
}

/** Which catalogue the agent's process can be given: this follows from the environment that it is started with. */
export function startCatalogue(
  { agent }: Config,
  { stageTarget }: Pick<AgentPaths, "stageTarget">,
  env: Env,
): CatalogueChoice {
  if (isSet(env["OPENCODE_MODELS_PATH"])) return { id: "user" };
  if (stageTarget === null) return full({ id: "not-staged" });
  const folder = join(stageTarget, CATALOGUE_FOLDER);
  let index: CatalogueIndex | null;
  try {
    index = readCatalogueIndex(folder);
  } catch (error) {
    return full({ id: "unreadable", reason: (error as Error).message });
  }
  if (index === null) return full({ id: "not-staged" });
  if (agent.catalogue === "full") return full({ id: "configured" });
  if (isSet(env["OPENCODE_MODELS_URL"])) {
    return full({ id: "elsewhere", name: "OPENCODE_MODELS_URL" });
  }
  // Then OpenCode fetches a newer one at its start, and every hour.
  if (!/^(1|true)$/i.test(env["OPENCODE_DISABLE_MODELS_FETCH"] ?? "")) {
    return full({ id: "elsewhere", name: "OPENCODE_DISABLE_MODELS_FETCH" });
  }
  return { id: "staged", index, folder };
}

/** Which catalogue is right for this situation: the stage's, when it has every provider that is asked for. */
export function chooseCatalogue(
  start: CatalogueChoice,
  { agent }: Config,
  { config, auth, version }: CatalogueSituation,
  env: Env,
): CatalogueChoice {
  if (start.id !== "staged") return start;
  const { index } = start;
  if (version !== null && index.madeFrom === null && version !== index.agentVersion) {
    return full({ id: "other-version", madeFor: index.agentVersion, version });
  }
  const fetched = fetchedCatalogue(env);
  if (isOther(fetched, index)) return full({ id: "fetched", path: fetched });
  if (config === null) return full({ id: "unknown-configuration" });
  const asked: readonly AskedProvider[] = [
    ...agent.providers
      .filter((provider) => Object.hasOwn(index.known, provider))
      .map((provider) => ({
        provider,
        by: { id: "configuration", key: "agent.providers" } as const,
      })),
    ...askedProviders(index, { config, auth, env }),
  ];
  const missing = asked.find(({ provider }) => !index.providers.includes(provider));
  return missing === undefined ? start : full({ id: "asked-for", ...missing });
}

/**
 * Puts the choice where the agent's `OPENCODE_MODELS_PATH` leads: it reads the file there for the first prompt, and
 * where there is none it takes the catalogue that is built in.
 */
export function placeCatalogue(choice: CatalogueChoice, { models }: AgentPaths, env: Env): void {
  rmSync(models, { force: true });
  const target = choice.id === "staged" ? join(choice.folder, MODELS_FILE) : fetchedCatalogue(env);
  symlinkSync(target, models);
}

/** Whether the stage's catalogue is where the agent reads one. */
export function isPlaced(folder: string, { models }: Pick<AgentPaths, "models">): boolean {
  try {
    return readlinkSync(models) === join(folder, MODELS_FILE);
  } catch {
    return false;
  }
}

/** Where OpenCode keeps the catalogue that it has fetched; it prefers that to the one that is built in. */
export function fetchedCatalogue(env: Env): string {
  const base = env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? "/", ".cache");
  return join(base, "opencode", MODELS_FILE);
}

/** The whole catalogue of models.dev has 5 MB. */
const MOST_CATALOGUE_BYTES = 64 * 1024 * 1024;

function isOther(path: string, { madeFrom }: CatalogueIndex): boolean {
  let content: string | null;
  try {
    content = readText(path, { maxBytes: MOST_CATALOGUE_BYTES });
  } catch {
    return false;
  }
  return content !== null && createHash("sha256").update(content).digest("hex") !== madeFrom;
}

function full(why: WhyFullCatalogue): CatalogueChoice {
  return { id: "full", why };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
