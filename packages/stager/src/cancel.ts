import { setMaxListeners } from "node:events";

/**
 * A flag in shared memory that stops a task in another thread without killing the thread. The caller sets it; the task looks
 * at it between two pieces of work.
 */
export type CancelFlag = SharedArrayBuffer;

/** Thrown by a task that was cancelled. */
export class TaskCancelled extends Error {
  override readonly name = "TaskCancelled";

  constructor() {
    super("the task was cancelled");
  }
}

export function createCancelFlag(): CancelFlag {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

function setCancelled(flag: CancelFlag): void {
  Atomics.store(new Int32Array(flag), 0, 1);
}

export function isCancelled(flag: CancelFlag): boolean {
  return Atomics.load(new Int32Array(flag), 0) === 1;
}

/** @throws {@link TaskCancelled} */
export function throwIfCancelled(flag: CancelFlag): void {
  if (isCancelled(flag)) throw new TaskCancelled();
}

/** Calls `work` with a flag that is set when `signal` is aborted. */
export async function withCancelFlag<T>(
  signal: AbortSignal,
  work: (cancel: CancelFlag) => Promise<T>,
): Promise<T> {
  const cancel = createCancelFlag();
  const onAbort = () => setCancelled(cancel);
  if (signal.aborted) onAbort();
  // A tree is many tasks, and each adds a listener. Node 22.11 warns at the eleventh; 22.23 does not.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await work(cancel);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
