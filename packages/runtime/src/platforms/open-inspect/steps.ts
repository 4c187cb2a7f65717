import type { Step } from "./boot-files.ts";

/** Which of our phases are a step of theirs. `agent.session` ends when prompts could be answered. */
const STEPS: Readonly<Record<string, Step["phase"]>> = {
  "workspace.sync": "sync",
  "hook.setup": "setup",
  "hook.start": "start",
  "agent.skills": "skills",
  "agent.session": "harness",
};

/** The step that a phase is; undefined when it is none. @param id - `hook.setup:web` */
export function stepOf(id: string): Step["phase"] | undefined {
  return STEPS[kindOf(id)];
}

/** The step in which a boot has failed. What no step of theirs says belongs to the agent, or comes before all. */
export function failedStepOf(id: string): Step["phase"] | "starting" {
  const step = stepOf(id);
  if (step !== undefined) return step;
  if (id === "skills.fetch") return "skills";
  return /^(?:agent|bridge|ready|workspace)\b/.test(id) ? "harness" : "starting";
}

export function kindOf(id: string): string {
  return id.split(":", 1)[0] ?? "";
}

/** The repository's name; empty for a phase of none. */
export function repositoryIn(id: string): string {
  return id.slice(kindOf(id).length + 1);
}
