/** A function that runs in a worker thread, as the main thread knows it. Each room names its own; worker.ts has them all. */
export interface Task<Argument, Value> {
  /** worker.ts exports the function under this name. */
  readonly name: string;
  /** Never set: it carries the types. */
  readonly run?: (argument: Argument) => Value;
}

/** Names the task that runs `Run`, without loading it. */
export function taskNamed<Run extends (argument: never) => unknown>(
  name: string,
): Task<Parameters<Run>[0], Awaited<ReturnType<Run>>> {
  return { name };
}
