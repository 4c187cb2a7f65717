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

/** What may help somebody who wrote an unknown key. */
export interface KeyHelp {
  /** Proposes a key in place of it, which it finds below a path; null when it knows none. */
  readonly keyNear: KeyNear;
  /** The page that lists the keys. */
  readonly page: string;
}

/** Somebody who has made more mistakes has sent something else. */
const MOST_PROBLEMS = 50;

/** Converts zod's issues; of very many the first ones. */
export function problemsOf(
  error: z.ZodError,
  source: string,
  input: unknown,
  help: KeyHelp = { keyNear: () => null, page: "docs/config.md" },
): InputProblem[] {
  const inPlace = (issues: readonly z.core.$ZodIssue[]): InputProblem[] =>
    issues.flatMap((issue): InputProblem[] => {
      const { path } = issue;
      const key = path.map(String).join(".");
      if (issue.code === "unrecognized_keys") {
        return issue.keys.slice(0, MOST_PROBLEMS + 1).map((name) => ({
          source,
          key: key === "" ? name : `${key}.${name}`,
          expected: noSuchKey(help.keyNear(path, name), help.page),
          found: describeValue(at(input, [...path, name]), name),
        }));
      }
      const meant = issue.code === "invalid_union" ? meantIn(issue.errors) : null;
      if (meant !== null) {
        return inPlace(meant.map((inner) => ({ ...inner, path: [...path, ...inner.path] })));
      }
      const found = describeValue(at(input, path), key);
      return [{ source, key, expected: expectationOf(issue), found }];
    });
  const problems = inPlace(error.issues.slice(0, MOST_PROBLEMS + 1));
  if (problems.length <= MOST_PROBLEMS) return problems;
  const more = { source, key: "", expected: `at most ${MOST_PROBLEMS} mistakes`, found: "more" };
  return [...problems.slice(0, MOST_PROBLEMS), more];
}

type Issues = readonly z.core.$ZodIssue[];

const isUnknownKey = ({ code }: z.core.$ZodIssue) => code === "unrecognized_keys";

/** What is wrong by those alternatives that take a value of this type. */
function within(alternatives: readonly Issues[]): readonly Issues[] {
  return alternatives.filter((issues) =>
    issues.some((issue) => isUnknownKey(issue) || issue.path.length > 0),
  );
}

/** What is wrong by the alternative that was meant; null when several may have been. */
function meantIn(alternatives: readonly Issues[]): Issues | null {
  const possible = within(alternatives);
  const [meant, ...others] =
    possible.length > 1 ? possible.filter((issues) => !issues.some(isUnknownKey)) : possible;
  return meant !== undefined && others.length === 0 ? meant : null;
}

/** The same problems by key and type alone, because any of the values may be a secret. */
export function withoutValues(problems: readonly InputProblem[]): InputProblem[] {
  return problems.map((problem) => ({ ...problem, found: problem.found.replace(/ \(.*\)$/s, "") }));
}

function noSuchKey(near: string | null, page: string): string {
  const proposal = near === null ? "" : `; did you mean "${near}"?`;
  return `no such key${proposal} (see ${page})`;
}

/** Types, in the words of {@link describeValue}. */
const TYPES: Readonly<Record<string, string>> = {
  int: "a whole number",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};

function expectationOf(issue: z.core.$ZodIssue): string {
  // The schema's own words are better than its pattern.
  const isOwn = !issue.message.startsWith("Invalid ");
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? `a ${issue.expected}`;
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return `${issue.inclusive === false ? "above" : "at least"} ${issue.minimum}${issue.origin === "string" ? " character(s)" : ""}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    case "invalid_format":
      if (isOwn) return issue.message;
      return issue.format === "regex" ? `text like ${issue.pattern}` : issue.format;
    case "invalid_key": {
      const [first] = issue.issues;
      return first === undefined ? issue.message : expectationOf(first);
    }
    case "invalid_union":
      return isOwn ? issue.message : expectationOfUnion(issue.errors) || issue.message;
    default:
      return issue.message;
  }
}

function expectationOfUnion(alternatives: readonly Issues[]): string {
  const keys = within(alternatives).flatMap((issues) =>
    issues.flatMap(({ path: [first] }) => first ?? []),
  );
  if (keys.length > 0) return `one of the keys ${[...new Set(keys)].map(String).join(", ")}`;
  return [...new Set(alternatives.flat().map(expectationOf))].join(" or ");
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}
