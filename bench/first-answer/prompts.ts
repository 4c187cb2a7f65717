import { ANSWER } from "../../test/support/model-server/model-server.ts";
import { median } from "../lib/stats.ts";

const FURTHER_PROMPTS = 5;

/** Who is asked: the agent itself, or the bridge. */
export interface Asked {
  readonly url: string;
  readonly sessionId: string;
  /** Needed by the agent; the bridge adds it. */
  readonly directory?: string;
  readonly signal: AbortSignal;
}

/** Makes a session: through a bridge that holds, when prompts are let in. */
export async function openSession(asked: Omit<Asked, "sessionId">): Promise<string> {
  const { id } = (await post(asked, "/session", {})) as { readonly id: string };
  return id;
}

/**
 * Sends a prompt.
 *
 * @returns Milliseconds until the end of the answer.
 * @throws Error when it is not the stand-in's.
 */
export async function prompt(asked: Asked): Promise<number> {
  const startMs = performance.now();
  const parts = [{ type: "text", text: "What does this repository do?" }];
  const answer = await post(asked, `/session/${asked.sessionId}/message`, { parts });
  const tookMs = performance.now() - startMs;
  if (!JSON.stringify(answer).includes(ANSWER.join(""))) {
    throw new Error(`expected the stand-in's answer, found ${JSON.stringify(answer)}`);
  }
  return tookMs;
}

/** The median of further prompts, one after the other. */
export async function steady(asked: Asked): Promise<number> {
  const took: number[] = [];
  while (took.length < FURTHER_PROMPTS) took.push(await prompt(asked));
  return median(took);
}

async function post(
  { url, directory, signal }: Omit<Asked, "sessionId">,
  path: string,
  body: object,
): Promise<unknown> {
  const response = await fetch(new URL(path, url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(directory !== undefined && { "x-opencode-directory": encodeURIComponent(directory) }),
    },
    body: JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
