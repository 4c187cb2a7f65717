import type { AuthenticationNeed, NamedProcess, NoCredential } from "./failure.ts";
import type { Cause } from "./system-error.ts";

/**
 * What a phase can warn of: for each code the data that its message needs. `warning-text.ts` makes the sentences. An
 * optional phase that fails warns with the code of its failure instead.
 */
export interface PhaseWarningData {
  /** The stage is unusable, and the legacy sources are copied instead (C6). */
  "stage-replaced": { readonly path: string; readonly reason: string };
  /** A clone that was killed lay in the place of a checkout. */
  "half-clone-removed": { readonly checkout: string };
  /** A git that was killed left a lock. */
  "stale-lock-removed": { readonly lock: string };
  /** A checkout that was cut off is whole again; what differed from it is kept. */
  "checkout-repaired": {
    readonly checkout: string;
    readonly stashed: boolean;
    /** The commit with the untracked files that were in the way; null when there were none. */
    readonly ref: string | null;
  };
  /** The remote has nothing new, and the branch has commits that the remote lacks: they stay. */
  "commits-unpushed": { readonly checkout: string; readonly branch: string };
  /** Commits that the branch had and the remote lacks are kept under a ref. Branch is null for a detached HEAD. */
  "commits-kept": {
    readonly checkout: string;
    readonly branch: string | null;
    readonly ref: string;
  };
  /** A ref whose name cannot exist beside another one. */
  "ref-gave-way": {
    readonly checkout: string;
    readonly ref: string;
    readonly to: string;
    readonly kept: string;
  };
  /** A setting in a checkout's own configuration names a program, and nothing can be set over it. */
  "setting-removed": { readonly checkout: string; readonly key: string };
  /** The git of hooks and agent may refuse checkouts of another owner. `path` could not be written. */
  "checkouts-not-trusted": { readonly path: string; readonly cause: Cause };
  /** The index was damaged, and is made again from HEAD. */
  "index-repaired": { readonly checkout: string; readonly aside: string };
  /** A ref's file was damaged. `sha` is the commit that its log had last, or null. */
  "ref-repaired": { readonly checkout: string; readonly ref: string; readonly sha: string | null };
  /** Two repositories have the same file in the folder that is merged. */
  "config-overridden": { readonly path: string; readonly winner: string; readonly loser: string };
  "config-left-out": { readonly path: string; readonly source: string; readonly reason: string };
  /** The name of a fetched skill is taken by the folder `path`. */
  "skill-left-out": { readonly name: string; readonly path: string };
  /** The hooks changed files that the agent had read at its start (C4). */
  "agent-outdated": { readonly agent: string; readonly paths: readonly string[] };
  /** The agent makes no session before a client has authenticated. */
  "agent-needs-authentication": AuthenticationNeed;
  /** Packages that a config folder declares could not be had. */
  "packages-missing": {
    readonly folder: string;
    readonly packages: readonly {
      readonly name: string;
      readonly spec: string;
      /** Completes "npm …" when npm was asked, and else says what is wrong with the spec. */
      readonly why: string;
    }[];
  };
  /** A config folder is left as it is, and the agent may install packages there by itself. */
  "packages-not-linked": { readonly folder: string; readonly reason: string };
  /** The agent works with its full catalogue of models, though the stage has a small one. */
  "full-catalogue": { readonly agent: string; readonly why: WhyFullCatalogue };
  "extension-missing": { readonly extension: string; readonly cause: Cause };
  /** code-server's list of extensions. */
  "extension-list-unreadable": { readonly path: string };
  /** A program was ended at its time limit, and some of what it had started belongs to another user. */
  "processes-left": { readonly processes: readonly NamedProcess[] };
  /** code-server's settings. */
  "settings-unreadable": { readonly path: string };
}

/** What the runtime itself can warn of, beside the boot. */
export interface RuntimeWarningData {
  /** An image or a config names a control plane, and nothing names the sandbox. */
  "sandbox-unnamed": object;
  /** Neither a file nor the environment says what to boot. */
  "nothing-configured": { readonly folder: string };
  /** The runtime is PID 1 of a container. */
  "pid-1": object;
  /** Processes that a runtime which was killed had left. They were ended before anything was started. */
  "leftovers-ended": { readonly runtimePid: number; readonly processes: readonly NamedProcess[] };
  /** The sandbox has ended, and these have not. */
  "processes-left": { readonly processes: readonly NamedProcess[] };
  /** `events` of them were too many for the disk. */
  "events-lost": { readonly path: string; readonly events: number };
  /** Lines of output have their share of the event log. Other events are still written. */
  "output-not-logged": { readonly path: string };
  "events-not-written": { readonly path: string; readonly cause: Cause };
  /** The sidecars that started with a low priority keep it. */
  "low-priority-kept": { readonly cause: Cause };
  "control-plane-unreachable": object;
  "control-plane-refused": {
    readonly kind: string;
    readonly status: number;
    /** The control plane's own words. */
    readonly reason: string;
  };
  "report-not-sent": { readonly cause: Cause };
  /** Messages for the control plane are kept in memory: their folder, or one file in it, cannot be written. */
  "outbox-unusable": { readonly path: string; readonly cause: Cause };
  "outbox-full": { readonly maxMessages: number };
  "trace-not-sent": TraceProblem;
  /** What a watched file holds could not be bound. Another content is tried again. */
  "binding-refused": { readonly path: string; readonly cause: Cause };
  /** A file by which the system that starts the sandbox hears of it. */
  "platform-file-not-written": { readonly path: string; readonly cause: Cause };
  /** git goes on without it, and asks again the next time. */
  "credential-missing": NoCredential;
  /** The files by which git and gh find their credentials. */
  "credentials-not-set-up": { readonly path: string; readonly cause: Cause };
  /** Whoever asked for an image has not heard that its build failed. */
  "build-failure-not-told": { readonly cause: Cause };
  /** The boot is not in the history. */
  "boot-not-recorded": { readonly cause: Cause };
  /** An optional phase ended after the report was written, and the report does not say so. */
  "report-outdated": { readonly path: string; readonly cause: Cause };
}

/** Why the agent works with its own full catalogue of models. */
export type WhyFullCatalogue =
  | { readonly id: "not-staged" }
  /** `agent.catalogue` says so. */
  | { readonly id: "configured" }
  | { readonly id: "unreadable"; readonly reason: string }
  /** A variable of the environment makes the agent fetch one. */
  | { readonly id: "elsewhere"; readonly name: string }
  /** The agent has fetched one earlier. */
  | { readonly id: "fetched"; readonly path: string }
  | { readonly id: "other-version"; readonly madeFor: string; readonly version: string }
  /** The agent did not tell its configuration of the workspace. */
  | { readonly id: "unknown-configuration" }
  /** The small one lacks a provider. */
  | { readonly id: "asked-for"; readonly provider: string; readonly by: ProviderAsker };

/** What asks for a provider of models. */
type ProviderAsker =
  /** Nothing: the agent offers it by itself. */
  | { readonly id: "unasked" }
  | { readonly id: "configuration"; readonly key: string }
  | { readonly id: "credentials" }
  | { readonly id: "environment"; readonly name: string };

export type PhaseWarning = ValueOf<PhaseWarningData>;
export type RuntimeWarning = ValueOf<RuntimeWarningData>;

export type WarningData = PhaseWarningData & RuntimeWarningData;
export type WarningCode = keyof WarningData;

type ValueOf<Data> = {
  readonly [Code in keyof Data]: { readonly code: Code } & Data[Code];
}[keyof Data];

type TraceProblem =
  /** `OTEL_EXPORTER_OTLP_PROTOCOL` names one that the runtime does not have. */
  | { readonly problem: "protocol"; readonly protocol: string }
  | { readonly problem: "no-answer"; readonly timeoutMs: number }
  | { readonly problem: "failed"; readonly cause: Cause };
