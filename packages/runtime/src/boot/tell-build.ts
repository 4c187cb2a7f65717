import { setTimeout as delay } from "node:timers/promises";
import { causeOf, Failed, messageOf } from "../base/failed.ts";
import type { RuntimeWarning } from "../base/warning.ts";
import type { Config } from "../config/config.ts";
import type { BuildMessages } from "../platforms/platform.ts";
import { loadPlatform } from "../platforms/registry.ts";
import type { BuildRecord } from "../protocol/index.ts";

/** Milliseconds for one attempt, and the pauses between attempts. */
const ATTEMPT_MS = 30_000;
const PAUSES_MS = [500, 2_000];

/**
 * Tells whoever asked for the image that it is built.
 *
 * @throws Failed `callback-failed` after the last attempt; the signal's reason when it is aborted.
 */
export async function tellBuilt(
  config: Config,
  record: BuildRecord,
  durationMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { callback } = config.build;
  if (callback === undefined) return;
  const { built } = await messagesOf(config);
  await post(callback.url, built({ record, durationMs, env: config.env }), config, signal);
}

/** Tells the same that the build has failed. @returns a warning when nobody took it; null otherwise. */
export async function tellBuildFailed(
  config: Config,
  error: string,
  signal: AbortSignal,
): Promise<RuntimeWarning | null> {
  const { callback } = config.build;
  if (callback === undefined) return null;
  const { failed } = await messagesOf(config);
  try {
    await post(callback.failureUrl, failed({ error, env: config.env }), config, signal);
    return null;
  } catch (thrown) {
    return { code: "build-failure-not-told", cause: causeOf(thrown) };
  }
}

async function messagesOf({ platform }: Config): Promise<BuildMessages> {
  const loaded = await loadPlatform(platform);
  if (loaded === null) throw new Error(`there is no platform ${platform}`);
  return loaded.buildMessages;
}

async function post(
  url: string,
  body: object,
  { build }: Config,
  signal: AbortSignal,
): Promise<void> {
  for (const pauseMs of [...PAUSES_MS, null]) {
    const reason = await attempt(url, body, build.callback?.token, signal);
    if (reason === null) return;
    signal.throwIfAborted();
    const attempts = PAUSES_MS.length + 1;
    if (pauseMs === null) throw new Failed({ code: "callback-failed", url, attempts, reason });
    await delay(pauseMs, undefined, { signal });
  }
}

/** A redirect is not followed, because the token is for one address. @returns why it did not work; null when it did. */
async function attempt(
  url: string,
  body: object,
  token: string | undefined,
  signal: AbortSignal,
): Promise<string | null> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...authorization },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
    });
    await response.body?.cancel();
    return response.ok ? null : `status ${response.status}`;
  } catch (error) {
    // What the system said is one level below.
    return messageOf(error instanceof Error ? (error.cause ?? error) : error);
  }
}
