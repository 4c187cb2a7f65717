/** Names a function that runs in a worker thread. Each folder names its own functions; worker.ts exports them all. */
export interface Task<Argument, Value> {
  /** The name under which worker.ts exports the function. */
  readonly name: string;
  /** Never set: it carries the types. */
  readonly run?: (argument: Argument) => Value;
}

/** Names a task without loading its function. */
export function taskNamed<Run extends (argument: never) => unknown>(
  name: string,
): Task<Parameters<Run>[0], Awaited<ReturnType<Run>>> {
  return { name };
}
