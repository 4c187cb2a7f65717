import { TaskCancelled } from "./cancel.ts";
import { StageUnusable } from "./manifest.ts";
import { UnsupportedFile } from "./tree/walk.ts";

/** An error as it crosses threads: an Error object itself would lose its class and its fields. */
export interface TaskFailure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** The fields of the error's class: `code`, `syscall` and `path` of node:fs; `reason` of ours. */
  readonly fields: Readonly<Record<string, string | number>>;
}

/** The result of a task. Tasks never throw, so an error that the pool throws means that the worker itself ended. */
export type TaskOutcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: TaskFailure };

const FIELDS = ["code", "errno", "syscall", "path", "dest", "reason"] as const;

/** Wraps a function so that a pool can run it. */
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

/** Restores the error that a task threw, with its class and fields. */
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
