import type { StagePool } from "@sandboot/stager";
import type { Activity } from "../acp-server/contract.ts";
import type { PhaseWarning } from "../base/warning.ts";
import type { Config } from "../config/config.ts";
import type { Grace } from "../process/grace.ts";
import type { ReadinessProbe } from "../process/readiness/probe.ts";
import type { AgentReport } from "../protocol/index.ts";

/** Folders and files that an agent is started with. */
export interface AgentPaths {
  /** An empty folder of the runtime. A process that starts here reads nothing of a repository. */
  readonly neutralDir: string;
  /** Where the agent may be told to read its catalogue of models. */
  readonly models: string;
  /** Where the stage was installed; null when there is none. */
  readonly stageTarget: string | null;
  /** HOME of the agent's process. */
  readonly home: string;
}

export interface AgentCommand {
  readonly command: string;
  /** The agent's own program, where `command` is one of ours that starts it. */
  readonly starts?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface AgentSession {
  /** Null for an agent without sessions. */
  readonly sessionId: string | null;
  readonly version: string | null;
  /** The catalogue of models that it works with; null for an agent that has no such thing. */
  readonly catalogue: AgentReport["catalogue"];
  /** The agent makes no session before a client has authenticated: its own words, and the ways that it offers. */
  readonly authentication: AgentReport["authentication"];
  readonly warnings: readonly PhaseWarning[];
  /**
   * The process was warmed up with something that does not fit this workspace, and does not read it again. It has to be
   * started again, and asked once more.
   */
  readonly isMisfit: boolean;
}

/** The outcome of {@link AgentPackages.link} for the config folder of one workspace. */
export interface LinkedPackages {
  /** The config folder. */
  readonly path: string;
  /** `kept`: the folder was left as it is, for `reason`. */
  readonly result: "linked" | "present" | "kept" | "absent";
  readonly reason: string;
  /** Packages that the folder declares and that could not be installed. */
  readonly missing: readonly MissingPackage[];
  /** Whether the agent may install packages into the folder by itself, because it was kept. */
  readonly agentInstalls: boolean;
}

/** `why` completes "npm …" when npm was asked, and else says what is wrong with the spec. */
export interface MissingPackage {
  readonly name: string;
  readonly spec: string;
  readonly why: string;
}

/** The packages of one sandbox's workspaces. */
export interface AgentPackages {
  /** Prepares what every workspace needs. */
  prepareAgent(context: PackagesContext): Promise<void>;
  /** Prepares what a workspace declares now. Writes nothing into it, and runs nothing of it. */
  prepare(directory: string, context: PackagesContext): Promise<void>;
  /** Links what a workspace declares now into it. Prepares it first, if that has not been done. */
  link(directory: string, context: PackagesContext): Promise<LinkedPackages>;
  /**
   * Puts what the stage has for it into the folder with the user's configuration for all workspaces, its own packages among
   * it. Asks no network.
   */
  fillGlobal(context: PackagesContext): Promise<void>;
  /** As {@link link}, for that folder. */
  linkGlobal(context: PackagesContext): Promise<LinkedPackages>;
  /**
   * Prepares and links what the session did not need. Removes what earlier boots prepared and this one does not use.
   *
   * @param inSpareTime - Does file work for which nobody waits.
   * @returns How many folders lacked something.
   */
  complete(context: PackagesContext, inSpareTime: InSpareTime): Promise<number>;
}

/** Does work with threads that make way for more urgent work. */
export type InSpareTime = <T>(work: (pool: StagePool) => Promise<T>) => Promise<T>;

export interface PackagesContext {
  readonly signal: AbortSignal;
  /** One line of a package manager's output. */
  readonly line?: (stream: "stdout" | "stderr", line: string) => void;
}

/**
 * Lets the agent's process load what it loads late, before anybody knows the workspace: nothing of it is read (C2), and
 * nothing of the warm-up is left afterwards, also when the signal ends it early.
 *
 * @returns What to say of it in the report.
 * @throws Failed `agent-warm-up` when the agent refuses.
 */
export type WarmProcess = (to: {
  readonly url: URL;
  readonly signal: AbortSignal;
  /** Called before the first request that makes the process read anything. */
  readonly onFirstRequest: () => Promise<void>;
  /** Resolves when nobody waits for the agent. What has to be tidied up after the signal can wait for that. */
  readonly untilIdle: () => Promise<void>;
}) => Promise<Readonly<Record<string, string | null>>>;

/**
 * Makes the parts of the workspace's instance that the first prompt would have to make. It only reads. A prompt that
 * comes aborts the signal and waits for nothing.
 *
 * @throws Failed `agent-warm-up` when the agent refuses.
 */
export type WarmWorkspace = (to: {
  readonly url: URL;
  readonly directory: string;
  readonly signal: AbortSignal;
}) => Promise<void>;

/** `answered`: the response ends when the prompt's answer does. `accepted`: the answer takes another way. */
export type PromptKind = "answered" | "accepted";

/** What clients do with the agent. */
export type AgentActivity = Activity;

/**
 * Follows what clients do, until the connection or the signal ends. What was before is told at the start, as far as it still
 * matters. Never rejects.
 */
export type FollowClients = (to: {
  readonly url: URL;
  readonly signal: AbortSignal;
  readonly onActivity: (activity: AgentActivity) => void;
}) => Promise<void>;

/** The parts that {@link AgentDriver.packages} works with. */
export interface PackagesParts {
  /** The configuration that holds now: after a binding, the tenant's, whose credentials npm gets. */
  readonly present: () => Config;
  readonly pool: StagePool;
  readonly grace: Grace;
}

/** The parts that {@link AgentDriver.prepareHome} works with. */
export interface HomeParts {
  /** Only for an agent that has such. */
  readonly packages: () => Promise<AgentPackages>;
  readonly signal: AbortSignal;
  readonly warn: (warning: PhaseWarning) => void;
}

/** What is set up around an agent's process: its files, its packages, its warm-up. It follows from the agent, and not from how clients speak to it. */
export interface AgentSetup {
  /** Name of the folder in a repository with the agent's own configuration; null when it has none. */
  readonly configFolder: string | null;
  /**
   * Whether the process may start while its files are still being put in place, the stage's among them: it reads them
   * later, at its first request.
   */
  readonly startsBesideStage: boolean;
  /** Prepares the files that the process reads, other than the stage. Idempotent. */
  prepareHome(paths: AgentPaths, parts: HomeParts): Promise<void>;
  /**
   * Writes what the config of a bound seed says where the running process reads it for its next workspace.
   *
   * @returns the call that puts back what was there.
   */
  takeBinding(paths: AgentPaths): Promise<() => Promise<void>>;
  /**
   * Whether the running process learns these changes of what it was started with by {@link takeBinding}, from its next
   * workspace on.
   *
   * @param changes - Names of variables, and `command`, `args` or `cwd`.
   */
  takesWhileRunning(changes: readonly string[]): boolean;
  /** Files and folders that the process reads at its start. Their fingerprints are compared after the hooks (C4). */
  readSet(paths: AgentPaths): readonly string[];
  /**
   * Whether the process reads `path` again when it opens a workspace. Then a change needs no restart.
   *
   * @param isWarm - The process has been warmed up: it has made an instance before.
   */
  readsAgain(path: string, paths: AgentPaths, isWarm: boolean): boolean;
  /** Prepares the packages that the agent would install into workspaces. Null when it installs none, or is left to do so. */
  readonly packages: ((parts: PackagesParts) => Promise<AgentPackages>) | null;
  /** How the agent is warmed up; null where there is nothing to do, or the config does not want it. */
  readonly warm: { readonly process: WarmProcess | null; readonly workspace: WarmWorkspace | null };
}

/**
 * One coding agent: its command, its readiness probe, its first request. A driver knows the agent and not the boot.
 */
export interface AgentDriver extends AgentSetup {
  readonly name: string;
  /** The agent's own program, which may be read into memory ahead of its start. */
  readonly program: string;
  command(paths: AgentPaths, port: number): AgentCommand;
  readiness(port: number): ReadinessProbe;
  /**
   * The request that makes the agent read the workspace (C2: never before every hook has ended).
   *
   * @throws Failed `agent-session` with status and body when the agent refuses.
   */
  createSession(url: URL, directory: string, signal: AbortSignal): Promise<AgentSession>;
  /** What kind of prompt a request through the bridge is; null when it is none. The path is without query. */
  promptKind(method: string, path: string): PromptKind | null;
  /** For an agent whose prompts are no requests of their own, so that the bridge cannot see them; null for any other. */
  readonly followClients: FollowClients | null;
  /** Headers that direct a request to this workspace. The bridge adds them to requests that name no workspace. */
  workspaceHeaders(directory: string): Readonly<Record<string, string>>;
  /** What the agent's server asks of its clients; nothing for an agent whose server is open, or checks by itself. */
  readonly access: {
    /** Variables that carry it, as the agent's own clients read them. */
    readonly env: Readonly<Record<string, string>>;
    /** The same as headers. */
    readonly headers: Readonly<Record<string, string>>;
  };
}
