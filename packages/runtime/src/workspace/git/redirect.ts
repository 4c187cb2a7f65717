import type { IncomingMessage } from "node:http";
import { failedWith } from "../../base/failed.ts";
import { requestFor } from "../../base/node-http.ts";
import { timeLimit } from "../../base/timers.ts";
import { remoteAccess } from "./credentials.ts";

const LIMIT_MS = 10_000;

/** What git asks for first. */
const FIRST_REQUEST = "/info/refs?service=git-upload-pack";

/** Whether git ended because the remote has moved. */
export function isRedirect(error: unknown): boolean {
  if (!failedWith(error, "git-failed")) return false;
  const { value } = error;
  return value.problem === "exited" && value.diagnosis?.id === "redirected";
}

/**
 * Where a repository has moved on its own server, with its credentials. They are for this server alone, and git itself would
 * follow to any other.
 *
 * @param url - With credentials.
 * @returns null when it is elsewhere, or nobody says where.
 */
export async function movedTo(url: string, signal: AbortSignal): Promise<string | null> {
  const { url: clean, authorization } = remoteAccess(url);
  using limit = timeLimit(LIMIT_MS);
  const first = `${clean.replace(/\/$/, "")}${FIRST_REQUEST}`;
  const headers = authorization === null ? {} : { authorization };
  const either = AbortSignal.any([signal, limit.signal]);
  const location = await locationOf(first, headers, either).catch(() => null);
  const to = location === null ? null : URL.parse(location, first);
  const from = new URL(url);
  if (to === null || to.origin !== from.origin || !to.href.endsWith(FIRST_REQUEST)) return null;
  const moved = new URL(to.href.slice(0, -FIRST_REQUEST.length));
  moved.username = from.username;
  moved.password = from.password;
  return moved.href;
}

function locationOf(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const outgoing = requestFor(new URL(url).protocol)(url, { agent: false, signal, headers });
    outgoing.once("response", (response: IncomingMessage) => {
      resolve(response.headers.location ?? null);
      outgoing.destroy();
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}
