/**
 * A way to stop a task in another thread without killing the thread: one flag in shared memory, set by the caller and
 * looked at by the task between two pieces of work.
 */
export type CancelFlag = SharedArrayBuffer;

export function createCancelFlag(): CancelFlag {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

export function setCancelled(flag: CancelFlag): void {
  Atomics.store(new Int32Array(flag), 0, 1);
}

export function isCancelled(flag: CancelFlag): boolean {
  return Atomics.load(new Int32Array(flag), 0) === 1;
}

/** How a cancelled task is known on the other side, where errors have lost their class. */
export const CANCELLED_MESSAGE = "the task was cancelled";

class TaskCancelled extends Error {
  override readonly name = "TaskCancelled";

  constructor() {
    super(CANCELLED_MESSAGE);
  }
}

/** @throws Error with {@link CANCELLED_MESSAGE} */
export function throwIfCancelled(flag: CancelFlag): void {
  if (isCancelled(flag)) throw new TaskCancelled();
}
