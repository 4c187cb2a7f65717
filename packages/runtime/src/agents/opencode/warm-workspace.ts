import { readAndDrop } from "../http.ts";

/**
 * The reads that make the instance of a workspace work. Each makes a part that the first prompt would have to make: the
 * providers and their models; the services of the location (catalogue, references, watcher).
 * Neither writes, starts a server, or runs anything of the workspace (docs/opencode-facts.md#harmless-reads).
 */
const READS = ["/config/providers", "/file?path=."] as const;

/**
 * Sends the reads, all at once: the services wait for a dozen git processes, one after the other, and the providers are
 * made meanwhile.
 *
 * When the signal is aborted, the reads are not waited for, and not broken off: OpenCode would throw away what it has
 * half made, and the prompt would make it anew. So a prompt shares it (docs/opencode-facts.md#shared-work).
 */
export async function warmWorkspace(to: {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { url, headers, signal } = to;
  signal.throwIfAborted();
  const reads = READS.map((path) => readAndDrop({ url: new URL(path, url), headers }));
  await Promise.race([Promise.all(reads), aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
