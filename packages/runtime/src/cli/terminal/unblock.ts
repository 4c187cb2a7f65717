/** What Node has for a stream that leads to a terminal, and gives no name in its interface. */
interface TerminalStream extends NodeJS.WriteStream {
  readonly _handle?: { setBlocking?(isBlocking: boolean): void };
}

/**
 * Lets what a terminal does not take wait in memory. Node writes to terminals without returning before they have taken it all
 * (https://nodejs.org/api/process.html#a-note-on-process-io): one that is stopped by Ctrl-S, or whose connection is dead,
 * would hold up signals, limits of time and the API.
 */
export function unblockTerminals(...streams: readonly TerminalStream[]): void {
  for (const stream of streams) if (stream.isTTY) stream._handle?.setBlocking?.(false);
}
