import { setTimeout as delay } from "node:timers/promises";
import { Failed, messageOf } from "../../base/failed.ts";
import { readAtMost } from "../../base/read-at-most.ts";
import { shownUrl } from "../../base/shown-url.ts";
import type { Skill } from "./page.ts";
import { SkillPages } from "./page.ts";

/** Milliseconds for one attempt, and the pauses between attempts. */
const ATTEMPT_MS = 15_000;
const PAUSES_MS = [250, 500];

/** Skills of one answer, and the bytes that it may have. */
const PAGE = 50;
const MOST_BYTES = 32 * 1024 * 1024;

/** Client errors that may be gone at the next attempt. */
const RETRIABLE = new Set([408, 429]);

export interface SkillServer {
  readonly url: string;
  /** Its bearer token. Null: the user and password in the URL, if any. */
  readonly token: string | null;
}

/**
 * Fetches all skills of a sandbox, page by page (docs/agents.md#skills-from-elsewhere).
 *
 * @throws Failed `skills-not-fetched`; the signal's reason when it is aborted.
 */
export async function fetchSkills(
  server: SkillServer,
  signal: AbortSignal,
): Promise<readonly Skill[]> {
  const pages = new SkillPages();
  let cursor: string | null = null;
  try {
    do {
      const text = await fetchPage(server, cursor, signal);
      cursor = pages.add(parsed(text));
    } while (cursor !== null);
  } catch (error) {
    signal.throwIfAborted();
    const url = shownUrl(server.url);
    throw new Failed({ code: "skills-not-fetched", url, reason: messageOf(error) });
  }
  return pages.skills;
}

/** Node's own message would show what the text begins with. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("the answer is no JSON");
  }
}

async function fetchPage(
  server: SkillServer,
  cursor: string | null,
  signal: AbortSignal,
): Promise<string> {
  const url = new URL(server.url);
  const authorization = authorizationOf(url, server.token);
  // `fetch` takes no URL with them.
  Object.assign(url, { username: "", password: "" });
  url.searchParams.set("limit", String(PAGE));
  if (cursor !== null) url.searchParams.set("cursor", cursor);
  for (const pauseMs of [...PAUSES_MS, null]) {
    const answer = await attempt(url, authorization, signal);
    if (answer.id === "page") return answer.text;
    signal.throwIfAborted();
    if (pauseMs === null || !answer.isForNow) throw new Error(answer.reason);
    await delay(pauseMs, undefined, { signal });
  }
  throw new Error("unreachable");
}

function authorizationOf({ username, password }: URL, token: string | null): string | null {
  if (token !== null) return `Bearer ${token}`;
  if (username === "" && password === "") return null;
  const said = [username, password].map(decodeURIComponent).join(":");
  return `Basic ${Buffer.from(said).toString("base64")}`;
}

type Answer =
  | { readonly id: "page"; readonly text: string }
  | { readonly id: "none"; readonly reason: string; readonly isForNow: boolean };

/** A redirect is not followed, because the token is for one address. */
async function attempt(
  url: URL,
  authorization: string | null,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      headers: authorization === null ? {} : { authorization },
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
    });
    const { status, body } = response;
    if (!response.ok || body === null) {
      await body?.cancel();
      const isForNow = status >= 500 || RETRIABLE.has(status);
      return { id: "none", reason: `status ${status}`, isForNow };
    }
    const text = await readAtMost(body as unknown as AsyncIterable<Buffer>, MOST_BYTES);
    if (text !== null) return { id: "page", text };
    return { id: "none", reason: `more than ${MOST_BYTES} bytes`, isForNow: false };
  } catch (error) {
    // What the system said is one level below.
    const reason = messageOf(error instanceof Error ? (error.cause ?? error) : error);
    return { id: "none", reason, isForNow: true };
  }
}
