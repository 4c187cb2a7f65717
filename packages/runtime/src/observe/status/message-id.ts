import { randomUUID } from "node:crypto";

/**
 * Tells the ids of this process from those of a runtime that was here before it: numbers begin anew with every process,
 * and a reader who resumes after a restart would otherwise miss the beginning without a word.
 */
const EPOCH = randomUUID().slice(0, 8);

/** The SSE id of the message with this number. */
export function messageId(seq: number): string {
  return `${EPOCH}.${seq}`;
}

/**
 * The number in a `Last-Event-ID`; a bare number, as clients know it from the data, is as good.
 *
 * @returns Null when it is not an id of this process.
 */
export function seqOfId(id: string): number | null {
  const [, epoch, seq] = /^(?:([0-9a-f]{8})\.)?(\d{1,15})$/.exec(id) ?? [];
  return seq === undefined || (epoch !== undefined && epoch !== EPOCH) ? null : Number(seq);
}
