import type { Workbench } from "../../boot/workbench.ts";

/** What all contenders of a case share. */
export interface AnswerBench {
  readonly workbench: Workbench;
  /** Configuration of the agent that makes the stand-in its only model. */
  readonly agentConfig: object;
  /** A start.sh in place of the repository's own: a path. */
  readonly startHook?: string;
  /** Whether a run's home has seen an agent before. */
  readonly usedHome?: boolean;
}
