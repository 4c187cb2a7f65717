import type * as z from "zod";
import { Failed } from "../base/failed.ts";
import type { InputProblem } from "../base/failure.ts";

/** What the runtime was told is wrong. Exit code 2. */
export function badInput(...problems: readonly InputProblem[]): Failed<"bad-input"> {
  return new Failed({ code: "bad-input", problems });
}

/** The type of a value, and the value itself when it is short and not secret. */
export function describeValue(value: unknown, key = ""): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  const kind = Array.isArray(value)
    ? "a list"
    : typeof value === "object"
      ? "an object"
      : `a ${typeof value}`;
  if (typeof value === "object" || /token|password|secret|key/i.test(key)) return kind;
  const text = JSON.stringify(value);
  return text.length > 60 ? kind : `${kind} (${text})`;
}

export type KeyNear = (path: readonly PropertyKey[], key: string) => string | null;

/**
 * Converts zod's issues.
 *
 * @param keyNear - Proposes a key in place of an unknown one, which it finds below a path; null when it knows none.
 */
export function problemsOf(
  error: z.ZodError,
  source: string,
  input: unknown,
  keyNear: KeyNear = () => null,
): InputProblem[] {
  return error.issues.flatMap((issue): InputProblem[] => {
    const key = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((name) => ({
        source,
        key: key === "" ? name : `${key}.${name}`,
        expected: noSuchKey(keyNear(issue.path, name)),
        found: describeValue(at(input, [...issue.path, name]), name),
      }));
    }
    return [
      {
        source,
        key,
        expected: expectationOf(issue),
        found: describeValue(at(input, issue.path), key),
      },
    ];
  });
}

/** The same problems by key and type alone, because any of the values may be a secret. */
export function withoutValues(problems: readonly InputProblem[]): InputProblem[] {
  return problems.map((problem) => ({ ...problem, found: problem.found.replace(/ \(.*\)$/s, "") }));
}

function noSuchKey(near: string | null): string {
  const proposal = near === null ? "" : `; did you mean "${near}"?`;
  return `no such key${proposal} (see docs/config.md)`;
}

function expectationOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int"
        ? "a whole number"
        : `${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return `${issue.inclusive === false ? "above" : "at least"} ${issue.minimum}${issue.origin === "string" ? " character(s)" : ""}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    case "invalid_format":
      return issue.pattern === undefined ? issue.format : `text like ${issue.pattern}`;
    default:
      return issue.message;
  }
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}
