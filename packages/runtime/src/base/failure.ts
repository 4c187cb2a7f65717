import type { BootMode, RuntimeState } from "../protocol/index.ts";
import type { Cause, SystemError } from "./system-error.ts";

/**
 * Everything that can fail in a way that we foresee: for each code the data that its message needs. `failure-text.ts`
 * makes the sentences. Codes are stable (docs/exit-codes.md), and the data is what events, report and API carry as
 * `detail`, so it holds only what JSON can say.
 */
export interface FailureData {
  // Phases and processes.
  "stage-unusable": StageProblem;
  "hook-failed": HookFailure;
  "hook-timeout": {
    readonly script: string;
    readonly kind: HookKind;
    readonly timeoutMs: number;
    readonly outputTail: OutputTail;
  };
  /** Somebody outside of the sandbox has not written these lines in time. */
  "lines-missing": {
    readonly file: string;
    /** How they begin. */
    readonly lines: readonly string[];
    readonly timeoutMs: number;
  };
  "git-failed": GitFailure;
  "git-timeout": GitStep & { readonly timeoutMs: number };
  "no-credential": NoCredential;
  "port-in-use": {
    readonly port: number;
    /** The config key that gives the port. */
    readonly key: string;
    /** Null when the system does not show it: it is another user's, or another container's. */
    readonly holder: { readonly pid: number; readonly command: string } | null;
  };
  "not-installed": { readonly process: string; readonly command: string };
  "not-started": { readonly process: string; readonly start: StartProblem };
  "shutting-down": { readonly process: string };
  "bad-auth-file": { readonly path: string };
  "mcp-packages": { readonly packages: readonly string[]; readonly outputTail: OutputTail };
  "process-exited": ProcessFailure;
  "ready-timeout": {
    readonly process: string;
    readonly timeoutMs: number;
    readonly outputTail: OutputTail;
  };
  "agent-session": SessionFailure;
  "agent-warm-up": {
    readonly agent: string;
    readonly path: string;
    readonly status: number;
  };
  /** `reason`: what is wrong with the answer, or why there is none. */
  "skills-not-fetched": { readonly url: string; readonly reason: string };
  /** Syncs and setups of a build took longer than they may together. */
  "build-timeout": { readonly timeoutMs: number };
  /** Nobody has heard how a build ended. */
  "callback-failed": {
    readonly url: string;
    readonly attempts: number;
    /** Why the last attempt did not work. */
    readonly reason: string;
  };
  "phase-timeout": { readonly phase: string; readonly timeoutMs: number };

  // Answers of the API and the bridge.
  "bad-request": BadRequest;
  unauthorized: object;
  /** A browser sent it for a page of another site. */
  "foreign-site": {
    readonly header: "Host" | "Origin" | "Sec-Fetch-Site";
    readonly value: string;
  };
  "not-found": { readonly path: string };
  "method-not-allowed": {
    readonly path: string;
    readonly method: string;
    readonly allowed: readonly string[];
  };
  "no-such-agent": { readonly agent: string; readonly known: readonly string[] };
  "no-such-process": { readonly process: string; readonly known: readonly string[] };
  "no-report-yet": object;
  /** The boot needs the process that is to be acted on. */
  booting: { readonly process: string; readonly action: "restart" | "stop" | "start" };
  "not-a-seed": { readonly mode: BootMode };
  "not-seeded-yet": object;
  adopting: object;
  /** By the binding with this id. */
  "already-bound": { readonly id: string };
  /** The boot has not failed. */
  "nothing-to-retry": object;
  retrying: object;
  /** Something is under way that cannot be paused. */
  "cannot-freeze": { readonly status: RuntimeState["status"] };
  /** Nothing is begun until it is thawed. */
  frozen: object;
  /** A binding has failed here, and not all of it could be undone. */
  spent: object;
  stopping: object;
  "too-long": { readonly maxBytes: number };
  /** `POST /v1/adopt` was stopped before it had ended. */
  cancelled: { readonly reason: string };
  "agent-unreachable": object;
  "agent-gone": {
    /** What became of the connection. */
    readonly error: string;
  };
  "not-ready": {
    readonly reason: "full" | "deadline" | "unavailable" | "closed-for-good";
    /** Whom the request was for, of several agents. */
    readonly agent?: string;
    /** What the sandbox is doing. */
    readonly progress: string;
  };

  // Commands, before anything was started.
  "bad-input": { readonly problems: readonly InputProblem[] };
  "socket-taken": { readonly path: string } & (
    | {
        readonly problem: "other-runtime";
        /** Null when it does not say. */
        readonly pid: number | null;
      }
    | { readonly problem: "not-a-socket" }
  );
  "report-unreadable": { readonly path: string; readonly schemaVersion: number } & ReportProblem;
  "no-boot-on-record": {
    readonly folder: string;
    /** How many it takes. */
    readonly needed: number;
  };
  "no-runtime": {
    /** The socket or URL. */
    readonly place: string;
    /** What named the place: a flag, a variable, the configuration. */
    readonly from: string;
    readonly reason: string;
  };
  "bad-plan": PlanProblem;

  // Anybody's.
  "processes-survived": { readonly processes: readonly NamedProcess[] };
  "system-error": SystemError;
  /** A path of which we read only a regular file of some size. `why` completes "it …". */
  "unfit-file": { readonly path: string; readonly why: string };
  "internal-error": {
    /** The error's own first line. */
    readonly error: string;
    /** The stack. */
    readonly outputTail: OutputTail;
  };
}

export type FailureCode = keyof FailureData;

/** One failure: its code, and the data that belongs to that code. */
export type FailureValue<Code extends FailureCode = FailureCode> = {
  readonly [C in Code]: { readonly code: C } & FailureData[C];
}[Code];

/** The last lines that a program printed, oldest first. */
export type OutputTail = readonly string[];

export type HookKind = "setup" | "start";

/** How a program ended that was to end with exit code 0 within its time limit. */
export type Ending =
  | { readonly problem: "exited"; readonly exitCode: number }
  | { readonly problem: "signalled"; readonly signal: string }
  | { readonly problem: "not-started"; readonly start: StartProblem }
  /** The boot was stopped while it ran. */
  | { readonly problem: "stopped" };

/** Why the operating system did not start a program. */
export type StartProblem = {
  /** `ENOENT`, `EACCES`, `E2BIG`, … */
  readonly errno: string;
} & (
  | { readonly why: "no-program" | "no-interpreter"; readonly command: string }
  | { readonly why: "no-folder" | "not-a-folder"; readonly cwd: string }
  | { readonly why: "not-allowed"; readonly command: string; readonly cwd: string }
  | { readonly why: "too-long" }
  | { readonly why: "other"; readonly error: string }
);

/** A process of the machine, for messages. */
export interface NamedProcess {
  readonly pid: number;
  readonly command: string;
}

/** Why a process that was not stopped does not do its work. */
export type ProcessProblem =
  | Ending
  | { readonly problem: "not-ready"; readonly timeoutMs: number }
  | { readonly problem: "wrong-port"; readonly url: string; readonly expectedPort: number }
  /** The port answers, and another process listens there. Holder is null when it is of another user. */
  | {
      readonly problem: "foreign-listener";
      readonly port: number;
      readonly holder: { readonly pid: number; readonly command: string } | null;
    }
  | { readonly problem: "unusable"; readonly reason: string };

type StageProblem =
  | { readonly problem: "unusable"; readonly path: string; readonly reason: string }
  /** The configuration of the stage and its target cannot work. */
  | { readonly problem: "misplaced"; readonly reason: string };

type HookFailure = { readonly script: string } & (
  | { readonly problem: "not-a-file" }
  | { readonly problem: "unreadable"; readonly cause: SystemError }
  | (Ending & { readonly outputTail: OutputTail })
);

/** One run of git: what for, where, and what it printed last. */
interface GitStep {
  /** `fetch`, `checkout`, `lfs pull`, … */
  readonly step: string;
  /** The folder it ran in. */
  readonly cwd: string;
  readonly outputTail: OutputTail;
}

type GitFailure =
  | (GitStep & Ending & { readonly diagnosis: GitDiagnosis | null })
  /** Another git is at work in the checkout. */
  | { readonly problem: "locked"; readonly checkout: string; readonly lock: string }
  /** The place of a checkout is taken. */
  | {
      readonly problem: "place-taken";
      readonly path: string;
      readonly by: "file" | "other-files" | "repository";
    }
  | { readonly problem: "no-commit"; readonly checkout: string; readonly branch: string }
  /** `.git` is there and is no repository. */
  | {
      readonly problem: "broken-repository";
      readonly checkout: string;
      readonly why: BrokenRepository;
    }
  /** `.git` leads to the git folder of another checkout. */
  | {
      readonly problem: "foreign-repository";
      readonly checkout: string;
      readonly gitDir: string;
      readonly other: string;
    }
  /** Something in the checkout that makes git wait for ever, or write elsewhere. */
  | ({ readonly problem: "trap"; readonly checkout: string } & GitTrap)
  /** A merge, rebase, … that somebody has begun and not ended. */
  | {
      readonly problem: "operation-in-progress";
      readonly checkout: string;
      readonly operation: string;
    }
  /** git ended well, and could not write all files. `path` is the first of them. */
  | {
      readonly problem: "unwritten";
      readonly checkout: string;
      readonly path: string;
      readonly outputTail: OutputTail;
    }
  /** git ended well, and another commit is checked out than was asked for. */
  | {
      readonly problem: "not-checked-out";
      readonly checkout: string;
      /** Null when it was to be on no branch. */
      readonly branch: string | null;
      readonly sha: string;
    };

export type GitTrap = { readonly path: string } & (
  | { readonly is: "pipe" }
  | { readonly is: "link"; readonly to: string }
);

export type BrokenRepository = "no-git-folder" | "no-head" | "no-objects" | "no-refs";

/** What git's output shows as the reason, where there is something to do about it. */
export type GitDiagnosis =
  | { readonly id: "lfs-missing" }
  | { readonly id: "local-changes" }
  /** The remote has moved, and git was not to follow. */
  | { readonly id: "redirected"; readonly remote: string | null }
  /** `remote` is null for a git that was given none. */
  | { readonly id: "host-key-changed"; readonly remote: string | null }
  | { readonly id: "host-key-unknown"; readonly remote: string | null }
  /** Our credential helper has said so, in these words. */
  | { readonly id: "no-credential"; readonly message: string };

/** A host of `git.credentials` for which its source has none. */
export interface NoCredential {
  readonly host: string;
  /** The URL, the file or the program that was asked. */
  readonly asked: string;
  readonly why: CredentialProblem;
}

export type CredentialProblem =
  /** `answer` is the beginning of what the server said; empty when it said nothing. */
  | { readonly problem: "refused"; readonly status: number; readonly answer: string }
  | { readonly problem: "late"; readonly timeoutMs: number }
  | { readonly problem: "unreachable"; readonly cause: Cause }
  | { readonly problem: "absent" }
  /** Completes "it …": what is wrong with the answer, never the answer. */
  | { readonly problem: "unusable"; readonly what: string }
  | { readonly problem: "expired" }
  /** `lastLine` is the last one of the program's stderr. */
  | { readonly problem: "program"; readonly ending: Ending; readonly lastLine: string | null }
  | { readonly problem: "ending" }
  /** Another configuration has come to hold meanwhile. */
  | { readonly problem: "replaced" };

type ProcessFailure = { readonly process: string; readonly outputTail: OutputTail } & (
  | (Ending & { readonly wasReady: boolean })
  | Extract<ProcessProblem, { readonly problem: "wrong-port" | "foreign-listener" | "unusable" }>
  /** The restart policy has given it up. */
  | { readonly problem: "given-up"; readonly reason: string }
  /** Nobody has started it, or somebody has stopped it. */
  | { readonly problem: "down"; readonly status: string }
);

type BadRequest =
  | { readonly problem: "not-json"; readonly error: string }
  | { readonly problem: "not-an-object" }
  /** One field of the body, the query or a header. */
  | {
      readonly problem: "field";
      readonly field: string;
      readonly expected: string;
      readonly found: string;
    }
  | { readonly problem: "input"; readonly problems: readonly InputProblem[] };

/** What is in a file that should be a boot report. */
export type ReportProblem =
  | { readonly problem: "unreadable"; readonly cause: SystemError }
  /** `why` completes "it …". */
  | { readonly problem: "unfit"; readonly why: string }
  | { readonly problem: "empty" }
  | { readonly problem: "not-json"; readonly error: string }
  | { readonly problem: "other-version"; readonly version: number }
  | { readonly problem: "other-json"; readonly key: string; readonly error: string };

/** Why a set of phases is not a plan. */
type PlanProblem =
  | { readonly problem: "duplicate-id"; readonly phase: string }
  | { readonly problem: "unknown-need"; readonly phase: string; readonly need: string }
  | { readonly problem: "unknown-until"; readonly phase: string; readonly until: string }
  | { readonly problem: "required-until"; readonly phase: string }
  | { readonly problem: "cycle"; readonly path: readonly string[] };

/** One thing that is wrong with what the runtime was told: where it is, what was found, what was expected. */
export interface InputProblem {
  /** A file's path, `environment`, `request` or `command line`. */
  readonly source: string;
  /** `agent.port`, `SETUP_TIMEOUT_SECONDS`, `--mode`; empty for the whole file. */
  readonly key: string;
  readonly expected: string;
  /** What is there, never the value of a secret. */
  readonly found: string;
}

type SessionFailure =
  /** The connection broke before there was an answer. */
  | {
      readonly problem: "no-answer";
      readonly method: string;
      readonly url: string;
      readonly error: string;
    }
  /** The connection is there, and the answer did not end in time. */
  | {
      readonly problem: "late";
      readonly method: string;
      readonly url: string;
      readonly timeoutMs: number;
    }
  | {
      readonly problem: "too-long";
      readonly method: string;
      readonly url: string;
      readonly maxBytes: number;
    }
  /** An ACP agent makes no session without it, and `agent.requireAuth` asks for one. */
  | ({ readonly problem: "needs-authentication" } & AuthenticationNeed & {
        readonly directory: string;
      })
  /** An ACP agent answered `session/new` or `authenticate` with an error. */
  | {
      readonly problem: "acp-refused";
      readonly agent: string;
      readonly directory: string;
      readonly message: string;
      readonly errorCode: number;
    }
  | SessionAnswer;

/** What an agent says that it needs, and how it may be had. */
export interface AuthenticationNeed {
  readonly agent: string;
  /** The agent's own words. */
  readonly message: string;
  readonly methods: readonly { readonly id: string; readonly name: string }[];
  /** Variables that may hold its key. */
  readonly keys: readonly string[];
}

type SessionAnswer = { readonly status: number; readonly outputTail: OutputTail } & (
  | { readonly problem: "refused"; readonly agent: string; readonly directory: string }
  /** Status 200, with a body that is no session. */
  | { readonly problem: "not-a-session"; readonly agent: string; readonly directory: string }
  /** The config's own request (`agent.warmUp`). */
  | { readonly problem: "warm-up"; readonly method: string; readonly path: string }
);
