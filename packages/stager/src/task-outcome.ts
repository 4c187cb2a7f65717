import { TaskCancelled } from "./cancel.ts";
import { StageUnusable } from "./manifest.ts";
import { UnsupportedFile } from "./tree/walk.ts";

/** What a failed task tells the main thread: errors that cross a thread lose their class and their fields. */
export interface TaskFailure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Fields that the error's class has: `code`, `syscall` and `path` of node:fs; `reason` of ours. */
  readonly fields: Readonly<Record<string, string | number>>;
}

/** How a task ended. A worker never throws: then whatever the pool throws is the end of a worker. */
export type TaskOutcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: TaskFailure };

const FIELDS = ["code", "errno", "syscall", "path", "dest", "reason"] as const;

/** Makes a function of this package one that a pool can run. */
export function asTask<Argument, Value>(
  task: (argument: Argument) => Value | Promise<Value>,
): (argument: Argument) => Promise<TaskOutcome<Value>> {
  return async (argument) => {
    try {
      return { ok: true, value: await task(argument) };
    } catch (error) {
      return { ok: false, failure: describeFailure(error) };
    }
  };
}

function describeFailure(error: unknown): TaskFailure {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), stack: undefined, fields: {} };
  }
  const values = error as unknown as Record<string, unknown>;
  const fields: Record<string, string | number> = {};
  for (const field of FIELDS) {
    const value = values[field];
    if (typeof value === "string" || typeof value === "number") fields[field] = value;
  }
  const { name, message, stack } = error;
  return { name, message, stack, fields };
}

/** The error that a task threw, with its class and fields. */
export function reviveFailure({ name, message, stack, fields }: TaskFailure): Error {
  const path = String(fields["path"]);
  const reason = String(fields["reason"]);
  switch (name) {
    case "TaskCancelled":
      return new TaskCancelled();
    case "StageUnusable":
      return new StageUnusable(reason, path);
    case "UnsupportedFile":
      return new UnsupportedFile(path, reason);
    default: {
      const error = Object.assign(new Error(message), fields);
      if (stack !== undefined) error.stack = stack;
      return error;
    }
  }
}
