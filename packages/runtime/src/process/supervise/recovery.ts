import { messageOf } from "../../base/failed.ts";
import { notRestartedText, restartsSpentText } from "../../base/process-text.ts";
import type { Turns } from "../../base/turns.ts";
import type { Child } from "./child.ts";
import { type Crash, endedWell, endedWith, problemOf } from "./crash.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { SupervisionParts } from "./options.ts";
import { RestartBudget, type RestartPolicy } from "./restart-policy.ts";
import type { State } from "./state.ts";

export interface CrashRecoveryOptions {
  readonly lifecycle: Lifecycle;
  /** The turns of the process's commands: recovery takes its own among them. */
  readonly turns: Turns;
  readonly policy: RestartPolicy;
  readonly parts: Pick<SupervisionParts, "clock" | "timers" | "random">;
  /** Starts the process once more. Called within a turn. */
  readonly restart: () => Promise<void>;
  /** Aborted when the sandbox ends: nothing is restarted any more. */
  readonly retired: AbortSignal;
}

/** What follows a crash of one process: the rest of it is ended, then the restart policy decides. */
export class CrashRecovery {
  readonly #options: CrashRecoveryOptions;
  readonly #budget: RestartBudget;
  #supervised = false;

  constructor(options: CrashRecoveryOptions) {
    this.#options = options;
    this.#budget = new RestartBudget(options.policy, options.parts.random);
  }

  /** From now on the restart policy answers a crash, also one that has already happened. */
  supervise(): void {
    this.#supervised = true;
    const { current } = this.#options.lifecycle;
    if (current.id === "crashed") this.#recoverInTurn(current.child);
  }

  /** Earlier crashes no longer count: a person, or a phase, starts the process. */
  resetBudget(): void {
    this.#budget.reset();
  }

  /** Records a crash and begins to recover from it. Does nothing for a child that is being stopped, or has crashed already. */
  crashed(child: Child, crash: Crash): void {
    const { lifecycle, policy, retired } = this.#options;
    const state = lifecycle.current;
    if ((state.id !== "starting" && state.id !== "running") || state.child !== child) return;
    const sinceMs = this.#now();
    const wasReady = state.id === "running";
    const ranMs = wasReady ? sinceMs - state.readyMs : 0;
    const answered = this.#supervised && !retired.aborted && policy.when !== "never";
    lifecycle.become({ id: "crashed", child, sinceMs, crash, ranMs, wasReady, answered });
    this.#recoverInTurn(child);
  }

  #recoverInTurn(child: Child): void {
    this.#inTurn(async () => {
      const state = this.#options.lifecycle.current;
      if (state.id !== "crashed" || state.child !== child) return;
      // Processes that it left behind would still hold its port.
      await child.terminate();
      this.#recover(state);
    });
  }

  #recover(state: State & { id: "crashed" }): void {
    const { lifecycle, policy, parts, retired } = this.#options;
    if (!this.#supervised || retired.aborted) return;
    const sinceMs = this.#now();
    const recovery = recoveryFrom(state, { policy, budget: this.#budget, nowMs: sinceMs });
    switch (recovery.id) {
      case "stay-crashed":
        return;
      case "stop":
        lifecycle.become({ id: "stopped", sinceMs });
        return;
      case "give-up":
        lifecycle.become({ id: "failed", sinceMs, reason: recovery.reason });
        return;
      case "retry": {
        const { delayMs, attempt } = recovery;
        const { crash, wasReady } = state;
        const cancel = parts.timers.after(delayMs, () => this.#retry());
        const retryAtMs = sinceMs + delayMs;
        lifecycle.become({ id: "backoff", sinceMs, retryAtMs, attempt, crash, wasReady, cancel });
        return;
      }
      default:
        recovery satisfies never;
    }
  }

  #retry(): void {
    const { lifecycle, restart } = this.#options;
    this.#inTurn(async () => {
      // A command may have started or stopped the process since the timer fired.
      if (lifecycle.current.id === "backoff") await restart();
    });
  }

  /** Runs a task that no caller awaits: when it fails, the process has failed. */
  #inTurn(task: () => Promise<void>): void {
    const { lifecycle, turns, retired } = this.#options;
    void turns.take(task).catch((error: unknown) => {
      const { id } = lifecycle.current;
      if (id === "failed" || id === "not-installed" || retired.aborted) return;
      const reason = messageOf(error);
      lifecycle.become({ id: "failed", sinceMs: this.#now(), reason });
    });
  }

  #now(): number {
    return this.#options.parts.clock.nowMs();
  }
}

/** What to do about a crash. */
type Recovery =
  /** The policy is `never`. */
  | { readonly id: "stay-crashed" }
  /** The process had done its work and exited with code 0. */
  | { readonly id: "stop" }
  | { readonly id: "retry"; readonly delayMs: number; readonly attempt: number }
  | { readonly id: "give-up"; readonly reason: string };

/** Asks the restart policy. A restart that it grants is taken from the budget. */
function recoveryFrom(
  { crash, ranMs }: { readonly crash: Crash; readonly ranMs: number },
  { policy, budget, nowMs }: { policy: RestartPolicy; budget: RestartBudget; nowMs: number },
): Recovery {
  const { when, windowMs, doneCodes = [], hopelessCodes = [] } = policy;
  if (endedWith(crash, doneCodes)) return { id: "stop" };
  if (endedWith(crash, hopelessCodes)) {
    return { id: "give-up", reason: notRestartedText(problemOf(crash)) };
  }
  if (when !== "always" && endedWell(crash)) return { id: "stop" };
  if (when === "never") return { id: "stay-crashed" };
  const decision = budget.afterCrash(nowMs, ranMs);
  if (decision.id === "wait") return { ...decision, id: "retry" };
  const { restarts } = decision;
  return { id: "give-up", reason: restartsSpentText({ restarts, windowMs }, problemOf(crash)) };
}
