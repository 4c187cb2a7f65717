import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { StageBuildError, StagePlanError } from "../build-error.ts";
import { askedProviders } from "../catalogue/asked.ts";
import {
  CATALOGUE_FOLDER,
  type CatalogueIndex,
  INDEX_FILE,
  MODELS_FILE,
} from "../catalogue/catalogue.ts";
import type { StageManifest } from "../manifest.ts";
import type { PlanAgent } from "../plan/schema.ts";
import { AskedAgent, type Catalogue } from "./ask-agent.ts";
import { ENV_NAMES_BESIDE_THE_CATALOGUE } from "./env-names.ts";
import { sandboxAskers } from "./sandbox-askers.ts";
import type { StageSource } from "./sources.ts";

const SUBJECT = "agent";

export interface CatalogueOptions {
  readonly root: string;
  readonly workDir: string;
  /** The plan's version of the agent, which the agent must have. */
  readonly agentVersion: string | undefined;
  /** The environment, for `SESSION_CONFIG`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Makes a catalogue with only the providers that the image needs. The agent's own has a hundred times as many models, and the
 * agent spends seconds on them at the first prompt.
 *
 * @throws StageBuildError when the agent cannot be asked; StagePlanError when the plan wants what it does not have.
 */
export async function catalogueSources(
  agent: PlanAgent,
  options: CatalogueOptions,
): Promise<{
  readonly sources: readonly StageSource[];
  readonly catalogue: StageManifest["catalogue"];
}> {
  const { root, workDir, agentVersion, signal } = options;
  const folder = join(workDir, CATALOGUE_FOLDER);
  await mkdir(folder, { recursive: true });
  const madeFrom = agent.models === undefined ? undefined : resolve(root, agent.models);
  const sha256 = madeFrom === undefined ? null : await hashOf(madeFrom);
  const asked = new AskedAgent(agent, { root, workDir, signal });
  const version = await asked.version();
  if (agentVersion !== undefined && agentVersion !== version) {
    throw new StagePlanError(
      "agentVersion",
      `the plan says ${agentVersion}, but the agent is ${version}`,
    );
  }
  const full = await asked.catalogue("full", madeFrom);
  const known = knownProviders(full.catalogue);
  const unasked = full.offered.filter((id) => Object.hasOwn(known, id));
  const wanted = await wantedProviders(agent, { known, unasked }, options);
  const providers = withThoseThatShareAKey(wanted, known);
  const models = pick(full.catalogue, providers);
  const index: CatalogueIndex = {
    agentVersion: version,
    providers,
    unasked,
    known,
    madeFrom: sha256,
  };
  await writeFile(join(folder, MODELS_FILE), JSON.stringify(models));
  await writeFile(join(folder, INDEX_FILE), JSON.stringify(index));
  await checkWithAgent(asked, join(folder, MODELS_FILE), models);
  const source: StageSource = {
    subject: SUBJECT,
    from: folder,
    to: CATALOGUE_FOLDER,
    kind: "link",
    isolation: "shared",
    mode: null,
    isExcluded: () => false,
  };
  return { sources: [source], catalogue: { agentVersion: version, providers } };
}

async function hashOf(path: string): Promise<string> {
  try {
    return createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StagePlanError(
      "agent.models",
      code === "ENOENT" ? `${path} does not exist` : message,
    );
  }
}

function knownProviders(catalogue: Catalogue): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(catalogue).map(([id, { env }]) => [
      id,
      [...env, ...(ENV_NAMES_BESIDE_THE_CATALOGUE[id] ?? [])],
    ]),
  );
}

/** The providers that the plan names, that the sandbox's configuration asks for, and that the agent offers by itself. */
async function wantedProviders(
  agent: PlanAgent,
  index: Pick<CatalogueIndex, "known" | "unasked">,
  options: CatalogueOptions,
): Promise<ReadonlySet<string>> {
  const askers = await sandboxAskers(agent.config, options);
  const listed = [...agent.providers, ...askers.flatMap(({ providers }) => providers)];
  const stranger = listed.find((id) => !Object.hasOwn(index.known, id));
  if (stranger !== undefined) {
    const count = Object.keys(index.known).length;
    const reason = `"${stranger}" is not one of the ${count} providers in the agent's catalogue`;
    throw new StagePlanError("agent.providers", reason);
  }
  const asked = askers.flatMap((asker) => askedProviders(index, asker));
  return new Set([...listed, ...asked.map(({ provider }) => provider)]);
}

/** Adds the providers that share a variable with these. A key in it enables all of them, and the catalogue must have them. */
function withThoseThatShareAKey(
  wanted: ReadonlySet<string>,
  known: CatalogueIndex["known"],
): string[] {
  const all = new Set(wanted);
  // The loop also reaches the providers that it adds.
  for (const id of all) {
    const names = new Set(known[id]);
    for (const [other, theirs] of Object.entries(known)) {
      if (theirs.some((name) => names.has(name))) all.add(other);
    }
  }
  return [...all].sort();
}

/** Selects providers, in the order of the full catalogue, because the agent shows them in that order. */
function pick(catalogue: Catalogue, providers: readonly string[]): Catalogue {
  return Object.fromEntries(Object.entries(catalogue).filter(([id]) => providers.includes(id)));
}

/** Checks that the agent can read the catalogue. Another version may expect another path or another format. */
async function checkWithAgent(asked: AskedAgent, path: string, models: Catalogue): Promise<void> {
  const { catalogue } = await asked.catalogue("small", path);
  if (isDeepStrictEqual(catalogue, models)) return;
  const reason =
    'the agent does not read the catalogue that was made for it: leave "agent" out of the plan for this version of the agent';
  throw new StageBuildError(SUBJECT, reason);
}
