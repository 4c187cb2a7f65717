import { readAndDrop } from "../http.ts";

/**
 * The reads that make the instance of a workspace work, the quicker one first. Each makes a part that the first prompt
 * would have to make: the providers and their models; the services of the location (catalogue, references, watcher).
 * Neither writes, starts a server, or runs anything of the workspace (docs/opencode-facts.md#harmless-reads).
 */
const READS = ["/config/providers", "/file?path=."] as const;

/**
 * Sends the reads, one after the other.
 *
 * When the signal is aborted the next one is not sent, and the present one is not broken off: OpenCode would throw away
 * what it has half made, and the prompt would make it anew. So a prompt shares it (docs/opencode-facts.md#shared-work).
 */
export async function warmWorkspace(to: {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { url, headers, signal } = to;
  const over = aborted(signal);
  for (const path of READS) {
    signal.throwIfAborted();
    await Promise.race([readAndDrop({ url: new URL(path, url), headers }), over]);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  // It may come when nobody reads any more.
  over.catch(() => {});
  return over;
}
