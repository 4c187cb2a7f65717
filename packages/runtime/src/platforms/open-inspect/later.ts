import type { InputProblem } from "../../base/failure.ts";
import type { Env } from "../platform.ts";
import { openInspectSession } from "./session.ts";

/** What the rest of the system learned after August 2026, each by the name of its flag (docs/open-inspect.md#later). */
const LATER = [
  /** The bridge reads steps and warnings from one file. */
  "boot-events",
  /** Exit code 78 of the bridge: a restart would not help. */
  "exit-78",
  /** Hooks have no limit of time by default. */
  "no-hook-limits",
  /** Fatal errors go to the session, with the phase and the output of what has failed. */
  "session-error",
] as const;
export type Later = (typeof LATER)[number];

const FLAGS = "SANDBOOT_OPEN_INSPECT_LATER";

/** A control plane that has the bridge connect early knows of these, too. */
const WITH_EARLY_CONNECT: readonly Later[] = ["boot-events", "exit-78", "session-error"];

/** The later behaviours that this sandbox has. Names that are none of them are {@link laterProblems}. */
export function laterOf(env: Env): ReadonlySet<Later> {
  const { connectsEarly } = openInspectSession(env);
  const named = namesIn(env);
  return new Set([
    ...LATER.filter((name) => named.includes(name)),
    ...(connectsEarly ? WITH_EARLY_CONNECT : []),
  ]);
}

export function laterProblems(env: Env): InputProblem[] {
  const unknown = namesIn(env).filter((name) => !LATER.some((each) => each === name));
  if (unknown.length === 0) return [];
  const expected = `a list of ${LATER.join(", ")}`;
  return [{ source: "environment", key: FLAGS, expected, found: unknown.join(", ") }];
}

function namesIn(env: Env): readonly string[] {
  return (env[FLAGS] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
