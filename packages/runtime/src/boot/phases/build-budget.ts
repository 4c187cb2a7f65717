import { setTimeout as delay } from "node:timers/promises";
import { Failed } from "../../base/failed.ts";
import type { Config } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootPhase } from "./phase.ts";

/** Fails the build when its syncs and setups take too long together. Each may have a limit of its own besides. */
export function buildBudget({ build }: Config): BootPhase | [] {
  if (build.seconds === null) return [];
  const budgetMs = milliseconds(build.seconds);
  return {
    plan: {
      id: "build.budget",
      title: `Allow ${build.seconds} s for syncs and setups`,
      needs: [],
      until: ["build.record"],
      where: "main",
      // Only its own failure is one of the build: a phase with an `until` is optional.
      required: false,
      timeoutMs: budgetMs + FILE_WORK_MS,
    },
    run: async (_, { signal }) => {
      await delay(budgetMs, undefined, { signal });
      throw new Failed({ code: "build-timeout", timeoutMs: budgetMs }, { fatal: true });
    },
  };
}
