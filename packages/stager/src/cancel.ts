import { setMaxListeners } from "node:events";

/**
 * A flag in shared memory that stops a task in another thread, or makes it wait, without killing the thread. The caller sets
 * it; the task looks at it between two pieces of work.
 */
export type CancelFlag = SharedArrayBuffer;

const [GO, CANCELLED, PAUSED] = [0, 1, 2];

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
  const state = new Int32Array(flag);
  Atomics.store(state, 0, CANCELLED);
  Atomics.notify(state, 0);
}

/** Lets the task wait, or go on. One that was cancelled stays so. */
export function setPaused(flag: CancelFlag, isPaused: boolean): void {
  const state = new Int32Array(flag);
  const [from, to] = isPaused ? [GO, PAUSED] : [PAUSED, GO];
  Atomics.compareExchange(state, 0, from, to);
  Atomics.notify(state, 0);
}

export function isCancelled(flag: CancelFlag): boolean {
  return Atomics.load(new Int32Array(flag), 0) === CANCELLED;
}

/**
 * Waits while the task is paused. Only for worker threads.
 *
 * @throws {@link TaskCancelled}
 */
export function throwIfCancelled(flag: CancelFlag): void {
  const state = new Int32Array(flag);
  while (Atomics.load(state, 0) === PAUSED) Atomics.wait(state, 0, PAUSED);
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
