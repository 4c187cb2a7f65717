import { dirname } from "node:path";
import { Failed } from "../../base/failed.ts";
import { readText } from "../../base/text-file.ts";
import { fullCatalogueText } from "../../base/warning-text.ts";
import type { Config } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import type { AgentReport } from "../../protocol/index.ts";
import type { AgentPaths, AgentSession } from "../driver.ts";
import { type HttpAnswer, requestJson } from "../http.ts";
import {
  type CatalogueChoice,
  chooseCatalogue,
  isPlaced,
  placeCatalogue,
  startCatalogue,
} from "./catalogue.ts";
import { prepareSnapshots } from "./snapshots.ts";
import { workspaceHeaders } from "./workspace-headers.ts";

/** OpenCode's HTTP server, and what it was started with. */
export interface OpenCodeServer {
  readonly config: Config;
  readonly paths: AgentPaths;
  /** Environment of the agent's process. */
  readonly env: Readonly<Record<string, string>>;
  /** Its `auth.json`. */
  readonly authFile: string;
  /** Headers that its server asks for. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SessionOptions extends OpenCodeServer {
  readonly url: URL;
  readonly directory: string;
  readonly signal: AbortSignal;
}

/**
 * Makes OpenCode's instance of a workspace, with a first session, and settles which catalogue of models it reads. It
 * reads none before the first prompt, so the configuration that it found in the workspace can still decide that.
 *
 * @throws Failed `agent-session` with status and body when OpenCode refuses.
 */
export async function createSession(options: SessionOptions): Promise<AgentSession> {
  const start = startOf(options);
  // Both at once: OpenCode makes the instance for whichever comes first.
  const [answer, merged] = await Promise.all([
    request(options, "POST", "/session"),
    askConfig(options, start),
  ]);
  const made = sessionIn(answer, options.directory);
  await makeSnapshots(options, made);
  const { sessionId, version } = made;
  const settled = settleCatalogue(options, start, { merged, version });
  return { sessionId, version, ...settled, authentication: null };
}

/**
 * The same around a session that is made by ACP. OpenCode reads its catalogue of models for that, so the catalogue is settled
 * before.
 *
 * @throws Failed `agent-session` when OpenCode does not answer; what `openSession` throws.
 */
export async function openByAcp(
  options: SessionOptions,
  openSession: () => Promise<AgentSession>,
): Promise<AgentSession> {
  const start = startOf(options);
  const [health, merged] = await Promise.all([
    request(options, "GET", "/global/health"),
    askConfig(options, start),
  ]);
  const version = textOr(
    (parse(health.body) as { readonly version?: unknown } | null)?.version,
    null,
  );
  const settled = settleCatalogue(options, start, { merged, version });
  if (settled.isMisfit) return { sessionId: null, version, ...settled, authentication: null };
  const opened = await openSession();
  if (opened.sessionId !== null) {
    const answer = await request(options, "GET", `/session/${opened.sessionId}`);
    await makeSnapshots(options, sessionIn(answer, options.directory));
  }
  return { ...opened, ...settled, warnings: [...opened.warnings, ...settled.warnings] };
}

function startOf({ config, paths, env }: OpenCodeServer): CatalogueChoice {
  return startCatalogue(config, paths, env);
}

/** OpenCode's configuration as it has merged it in the workspace, where something depends on it. */
async function askConfig(
  options: SessionOptions,
  start: CatalogueChoice,
): Promise<HttpAnswer | null> {
  return start.id === "staged" ? await request(options, "GET", "/config") : null;
}

/** Decides on the catalogue by what is known of the workspace now, and puts it where OpenCode will look. */
function settleCatalogue(
  options: OpenCodeServer,
  start: CatalogueChoice,
  { merged, version }: { readonly merged: HttpAnswer | null; readonly version: string | null },
): Pick<AgentSession, "catalogue" | "warnings" | "isMisfit"> {
  const { config, paths, env } = options;
  const situation = {
    config: merged?.status === 200 ? parse(merged.body) : null,
    auth: authIn(options),
    version,
  };
  const choice = chooseCatalogue(start, config, situation, env);
  // Only a warm-up places one before (warmCatalogue), and reads it.
  const isMisfit = start.id === "staged" && choice.id !== "staged" && isPlaced(start.folder, paths);
  // Also where the stage turned out to have none: the process has been told the place by then.
  if (start.id !== "user") placeCatalogue(choice, paths, env);
  return { ...toldOf(choice), isMisfit };
}

async function makeSnapshots(
  { authFile }: OpenCodeServer,
  { version, projectId, directory }: MadeSession,
): Promise<void> {
  await prepareSnapshots({ version, projectId, directory, dataDir: dirname(authFile) });
}

/**
 * Settles the catalogue for a warm-up, by what is known before the workspace is.
 *
 * @param found - The configuration and version that OpenCode reports in the folder of the warm-up.
 * @returns Whether it may be read: false when the stage's lacks something, so that the workspace decides.
 */
export function warmCatalogue(
  options: OpenCodeServer,
  found: { readonly config: Readonly<Record<string, unknown>>; readonly version: string | null },
): boolean {
  const { config, paths, env } = options;
  const start = startCatalogue(config, paths, env);
  if (start.id !== "staged") return true;
  // It names the warm-up's own provider there.
  const { enabled_providers: _, ...rest } = found.config;
  const situation = { config: rest, auth: authIn(options), version: found.version };
  const choice = chooseCatalogue(start, config, situation, env);
  if (choice.id !== "staged") return false;
  placeCatalogue(choice, paths, env);
  return true;
}

function request(
  { config, url, directory, headers, signal }: SessionOptions,
  method: "GET" | "POST",
  path: string,
): Promise<HttpAnswer> {
  return requestJson({
    method,
    url: new URL(path, url),
    headers: { ...workspaceHeaders(directory), ...headers },
    ...(method === "POST" && { body: {} }),
    timeoutMs: milliseconds(config.agent.readySeconds),
    signal,
  });
}

interface MadeSession extends Pick<AgentSession, "sessionId" | "version"> {
  readonly projectId: string | null;
  /** Without symbolic links. */
  readonly directory: string;
}

function sessionIn({ status, body }: HttpAnswer, directory: string): MadeSession {
  const made = (parse(body) ?? {}) as {
    readonly id?: unknown;
    readonly version?: unknown;
    readonly projectID?: unknown;
    readonly directory?: unknown;
  };
  if (status !== 200 || typeof made.id !== "string") {
    throw new Failed({
      code: "agent-session",
      problem: status === 200 ? "not-a-session" : "refused",
      agent: "OpenCode",
      directory,
      status,
      outputTail: body.split("\n").slice(0, 20),
    });
  }
  return {
    sessionId: made.id,
    version: textOr(made.version, null),
    projectId: textOr(made.projectID, null),
    directory: textOr(made.directory, directory),
  };
}

function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === "string" ? value : otherwise;
}

/** OpenCode takes credentials from a variable, if it is set, and else from the file; one that it cannot read is empty to it. */
function authIn({ env, authFile }: Pick<SessionOptions, "env" | "authFile">): unknown {
  const inline = env["OPENCODE_AUTH_CONTENT"];
  const fromInline = inline === undefined ? null : parse(inline);
  if (fromInline !== null) return fromInline;
  try {
    return JSON.parse(readText(authFile) ?? "{}");
  } catch {
    return {};
  }
}

/** What report and boot say of it. A warning is for what somebody can change: the first prompt takes longer than it has to. */
function toldOf(choice: CatalogueChoice): Pick<AgentSession, "catalogue" | "warnings"> {
  const catalogue = (of: Partial<AgentReport["catalogue"]>): AgentReport["catalogue"] => ({
    source: choice.id,
    providers: [],
    reason: null,
    ...of,
  });
  switch (choice.id) {
    case "staged":
      return { catalogue: catalogue({ providers: [...choice.index.providers] }), warnings: [] };
    case "user":
      return { catalogue: catalogue({ reason: "OPENCODE_MODELS_PATH is set" }), warnings: [] };
    case "full": {
      const { why } = choice;
      const isMeant = why.id === "not-staged" || why.id === "configured";
      return {
        catalogue: catalogue({ reason: fullCatalogueText(why) }),
        warnings: isMeant ? [] : [{ code: "full-catalogue", agent: "OpenCode", why }],
      };
    }
    default:
      return choice satisfies never;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
