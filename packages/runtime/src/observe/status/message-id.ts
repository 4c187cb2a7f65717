import { randomId } from "../../base/random.ts";

/**
 * Distinguishes the ids of this process from those of an earlier runtime. Numbers start over with every process, so a reader
 * that resumes after a restart would otherwise silently miss events.
 */
const EPOCH = randomId().slice(0, 8);

/** The SSE id of a message. */
export function messageId(seq: number): string {
  return `${EPOCH}.${seq}`;
}

/**
 * The number in a `Last-Event-ID`. Also accepts a bare number, which clients know from the data.
 *
 * @returns null when it is not an id of this process.
 */
export function seqOfId(id: string): number | null {
  const [, epoch, seq] = /^(?:([0-9a-f]{8})\.)?(\d{1,15})$/.exec(id) ?? [];
  return seq === undefined || (epoch !== undefined && epoch !== EPOCH) ? null : Number(seq);
}
