import { rm } from "node:fs/promises";
import { Failed } from "../../base/failed.ts";
import type { WarmProcess } from "../driver.ts";
import { readAndDrop, requestJson } from "../http.ts";
import { DECOY_MODEL, DECOY_PROVIDER, makeDecoy, makePlainFolder } from "./decoy.ts";
import { DECOY_ANSWER, type DecoyModel, startDecoyModel } from "./decoy-model.ts";
import { type ConfigPlaces, obstacleToDecoy, obstacleToPrompt, SHARED } from "./obstacles.ts";

/** Milliseconds for all that has to be tidied up; an agent that is stuck must not hold up the end of a boot. */
const TIDY_MS = 5_000;

/** Milliseconds for one answer: the first prompt takes seconds. */
const ANSWER_MS = 60_000;

/** What OpenCode does once through, so that all it loads late is loaded, in an order in which each step pays by itself. */
const READS = ["/config/providers", "/file?path=."] as const;

export interface WarmProcessOptions {
  /** Headers that the agent's server asks for. */
  readonly headers: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly places: ConfigPlaces;
  /** Whether the process may read its catalogue of models now, which it does once. */
  readonly mayReadCatalogue: (found: {
    readonly config: Readonly<Record<string, unknown>>;
    readonly version: string | null;
  }) => boolean;
}

/**
 * Lets OpenCode answer one prompt in a folder of ours, with a model of ours. Afterwards it knows nothing of that: the
 * session is deleted, the instance disposed of, the folder and the model are gone (docs/warm.md says what stays).
 */
export async function warmProcess(
  { url, signal, onFirstRequest, untilIdle }: Parameters<WarmProcess>[0],
  { headers, folder, places, mayReadCatalogue }: WarmProcessOptions,
): ReturnType<WarmProcess> {
  const obstacle = await obstacleToDecoy(places);
  if (obstacle !== null) return { skipped: obstacle };
  signal.throwIfAborted();
  await using model = await startDecoyModel();
  try {
    await makeDecoy(folder, model);
    await onFirstRequest();
    signal.throwIfAborted();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const decoy = { url, headers, folder, model, signal };
  try {
    return await answerOnce(decoy, mayReadCatalogue);
  } finally {
    if (signal.aborted) await untilIdle();
    await tidyUp({ url, headers, folder }).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

interface Decoy {
  readonly url: URL;
  readonly headers: WarmProcessOptions["headers"];
  readonly folder: string;
  readonly model: DecoyModel;
  readonly signal: AbortSignal;
}

async function answerOnce(
  decoy: Decoy,
  mayReadCatalogue: WarmProcessOptions["mayReadCatalogue"],
): ReturnType<WarmProcess> {
  const { url, signal } = decoy;
  const config = await askJson(decoy, "GET", "/config");
  const obstacle = obstacleToPrompt(config);
  if (obstacle === SHARED) return { promptSkipped: obstacle };
  // It has a title, so nobody asks the user's small model for one.
  const { id, version } = await askJson(decoy, "POST", "/session", { title: "Warm-up" });
  if (!mayReadCatalogue({ config, version: typeof version === "string" ? version : null })) {
    return { promptSkipped: "the stage's catalogue lacks a provider that is asked for" };
  }
  for (const path of READS) {
    await readAndDrop({ url: new URL(path, url), headers: headersOf(decoy), signal });
  }
  if (obstacle !== null) return { promptSkipped: obstacle };
  const path = `/session/${id}/message`;
  const answer = await askJson(decoy, "POST", path, {
    model: { providerID: DECOY_PROVIDER, modelID: DECOY_MODEL },
    parts: [{ type: "text", text: "This prompt is sandboot's. It warms the agent up." }],
  }).catch(async (error: unknown) => {
    const patient = { ...decoy, signal: AbortSignal.timeout(TIDY_MS) };
    await askJson(patient, "POST", `/session/${id}/abort`, {}).catch(() => {});
    throw error;
  });
  if (JSON.stringify(answer).includes(DECOY_ANSWER)) return {};
  throw new Failed({ code: "agent-warm-up", agent: "OpenCode", status: 200, path });
}

/** Deletes what was made in the folder, whatever has been reached. */
async function tidyUp(of: Pick<Decoy, "url" | "headers" | "folder">): Promise<void> {
  const decoy = { ...of, signal: AbortSignal.timeout(TIDY_MS) };
  const sessions = (await askJson(decoy, "GET", "/session")) as unknown as readonly {
    readonly id: string;
    readonly directory: string;
  }[];
  for (const { id, directory } of sessions) {
    // The list may hold sessions of other folders without history.
    if (directory !== decoy.folder) continue;
    await askJson(decoy, "DELETE", `/session/${id}`);
  }
  await askJson(decoy, "POST", "/instance/dispose", {});
  await forgetFolder(decoy);
}

/**
 * OpenCode keeps one record, `global`, for all folders without history, and that names the folder that was opened last:
 * ours. Opening a folder outside of any repository makes it name `/`.
 */
async function forgetFolder(decoy: Omit<Decoy, "model">): Promise<void> {
  await using plain = await makePlainFolder();
  if (plain === null) return;
  const other = { ...decoy, folder: plain.path };
  await askJson(other, "GET", "/path");
  await askJson(other, "POST", "/instance/dispose", {});
}

/** @throws Failed `agent-warm-up` when the answer is no 200. */
async function askJson(
  decoy: Omit<Decoy, "model">,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const { url, signal } = decoy;
  const headers = headersOf(decoy);
  const answer = await requestJson({
    method,
    url: new URL(path, url),
    headers,
    body,
    timeoutMs: ANSWER_MS,
    signal,
  });
  if (answer.status === 200) return JSON.parse(answer.body);
  throw new Failed({ code: "agent-warm-up", agent: "OpenCode", status: answer.status, path });
}

function headersOf({ folder, headers }: Omit<Decoy, "model">): Record<string, string> {
  return { "x-opencode-directory": encodeURIComponent(folder), ...headers };
}
