import type { IncomingMessage } from "node:http";
import { causeOf } from "../../base/failed.ts";
import { requestFor } from "../../base/node-http.ts";
import { readAtMost } from "../../base/read-at-most.ts";
import type { timeLimit } from "../../base/timers.ts";
import { type Found, none } from "./credential.ts";
import { readJsonAnswer } from "./read-answer.ts";

const MOST_BYTES = 64 * 1024;
/** Of what a server says when it refuses. */
const MOST_ANSWER_CHARS = 200;

export interface UrlSource {
  readonly url: string;
  readonly token: string | undefined;
  readonly username: string;
  readonly timeoutMs: number;
}

/**
 * Asks by an empty POST. A redirect is not followed, because the token is for one address.
 *
 * @param signal - Ends the request.
 */
export async function askUrl(
  { url, token, username, timeoutMs }: UrlSource,
  signal: AbortSignal,
  limitOf: typeof timeLimit,
): Promise<Found> {
  using limit = limitOf(timeoutMs);
  try {
    const response = await post(url, token, AbortSignal.any([signal, limit.signal]));
    const { statusCode: status = 500 } = response;
    const text = await readAtMost(response, MOST_BYTES);
    if (status < 200 || status > 299) {
      const answer = (text ?? "").replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
      const passing = status >= 500 || status === 429;
      return none(
        { problem: "refused", status, answer: answer.slice(0, MOST_ANSWER_CHARS) },
        { passing },
      );
    }
    if (text === null) return none({ problem: "unusable", what: "answered with too much" });
    return readJsonAnswer(text, username);
  } catch (error) {
    if (signal.aborted) return none({ problem: "ending" });
    if (limit.signal.aborted) return none({ problem: "late", timeoutMs }, { passing: true });
    return none({ problem: "unreachable", cause: causeOf(error) }, { passing: true });
  }
}

function post(
  url: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = requestFor(new URL(url).protocol)(url, {
      method: "POST",
      agent: false,
      signal,
      headers: {
        accept: "application/json",
        "content-length": 0,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
    outgoing.once("response", resolve);
    outgoing.once("error", reject);
    outgoing.end();
  });
}
