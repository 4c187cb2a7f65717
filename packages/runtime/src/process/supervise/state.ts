import type { ProcessStatus } from "../../protocol/index.ts";
import type { ProbeResult } from "../readiness/probe.ts";
import type { Child } from "./child.ts";
import type { Crash } from "./crash.ts";

/** What is true of a managed process now; each state carries exactly what it has. */
export type State =
  | { readonly id: "idle" }
  | {
      readonly id: "starting";
      readonly child: Child;
      readonly sinceMs: number;
    }
  | {
      readonly id: "running";
      readonly child: Child;
      readonly sinceMs: number;
      readonly readyMs: number;
      readonly readiness: ProbeResult;
    }
  | { readonly id: "stopping"; readonly child: Child; readonly sinceMs: number }
  | { readonly id: "stopped"; readonly sinceMs: number }
  | {
      readonly id: "crashed";
      /** Has ended, or is being ended; what it started may still live. */
      readonly child: Child;
      readonly sinceMs: number;
      readonly crash: Crash;
      /** How long it had been ready; 0 when it never was. */
      readonly ranMs: number;
      readonly wasReady: boolean;
      /** Whether the restart policy has an answer, which follows when what it left behind is ended. */
      readonly answered: boolean;
    }
  | {
      readonly id: "backoff";
      readonly sinceMs: number;
      readonly retryAtMs: number;
      readonly attempt: number;
      readonly crash: Crash;
      readonly wasReady: boolean;
      /** Forgets the timer. */
      readonly cancel: () => void;
    }
  | { readonly id: "failed"; readonly sinceMs: number; readonly reason: string }
  | { readonly id: "not-installed"; readonly command: string };

/** The state as the world sees it. */
export function statusOf(state: State): ProcessStatus {
  switch (state.id) {
    case "idle":
    case "stopped":
    case "failed":
    case "not-installed":
      return state;
    case "starting":
    case "stopping":
      return { id: state.id, pid: state.child.pid, sinceMs: state.sinceMs };
    case "running": {
      const { id, child, sinceMs, readyMs, readiness } = state;
      return { id, pid: child.pid, sinceMs, readyMs, readyBy: readiness.by };
    }
    case "crashed": {
      const { id, sinceMs, crash } = state;
      const exit = crash.id === "exited" ? crash.exit : null;
      return {
        id,
        sinceMs,
        exitCode: exit?.id === "exited" ? exit.code : null,
        signal: exit?.id === "signalled" ? exit.signal : null,
      };
    }
    case "backoff": {
      const { id, sinceMs, retryAtMs, attempt } = state;
      return { id, sinceMs, retryAtMs, attempt };
    }
    default:
      return state satisfies never;
  }
}
