import { randomId } from "../../base/random.ts";

/**
 * The ids of messages in streams. Numbers start over with every runtime, and the clones of a snapshot go on with the same
 * ones, so that a reader who resumes elsewhere would silently miss events.
 */
export class MessageIds {
  #epoch = newEpoch();

  /** From now on the ids of before are another's. */
  startOver(): void {
    this.#epoch = newEpoch();
  }

  /** The SSE id of a message. */
  idOf(seq: number): string {
    return `${this.#epoch}.${seq}`;
  }

  /**
   * The number in a `Last-Event-ID`. Also accepts a bare number, which clients know from the data.
   *
   * @returns null when it is not an id of this epoch.
   */
  seqOf(id: string): number | null {
    const [, epoch, seq] = /^(?:([0-9a-f]{8})\.)?(\d{1,15})$/.exec(id) ?? [];
    return seq === undefined || (epoch !== undefined && epoch !== this.#epoch) ? null : Number(seq);
  }
}

function newEpoch(): string {
  return randomId().slice(0, 8);
}
