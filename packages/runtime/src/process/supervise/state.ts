import type { ProcessStatus } from "../../protocol/index.ts";
import type { ProbeResult } from "../readiness/probe.ts";
import type { Child } from "./child.ts";
import type { Crash } from "./crash.ts";

/** The state of a managed process. Each state carries exactly the data that exist in it. */
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
      /** Has ended, or is being ended. Processes that it started may still live. */
      readonly child: Child;
      readonly sinceMs: number;
      readonly crash: Crash;
      /** How long it was ready; 0 when it never was. */
      readonly ranMs: number;
      readonly wasReady: boolean;
      /** Whether the restart policy will decide what follows, as soon as everything that the child started is ended. */
      readonly answered: boolean;
    }
  | {
      readonly id: "backoff";
      readonly sinceMs: number;
      readonly retryAtMs: number;
      readonly attempt: number;
      readonly crash: Crash;
      readonly wasReady: boolean;
      /** Cancels the timer of the restart. */
      readonly cancel: () => void;
    }
  | { readonly id: "failed"; readonly sinceMs: number; readonly reason: string }
  | { readonly id: "not-installed"; readonly command: string };

/** The state as the protocol reports it. */
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
