/** Requests that OpenCode answers when the prompt's answer has ended. */
const ANSWERED = /^\/session\/[^/]+\/(?:message|command|init|summarize|shell)$/;

/** Requests that it answers as soon as it has the prompt. */
const ACCEPTED = /^(?:\/session\/[^/]+\/prompt_async|\/api\/session\/[^/]+\/prompt)$/;

/** What kind of prompt a request is; null when it is none. The path is without query. */
export function promptKind(method: string, path: string): "answered" | "accepted" | null {
  if (method !== "POST") return null;
  if (ANSWERED.test(path)) return "answered";
  return ACCEPTED.test(path) ? "accepted" : null;
}
