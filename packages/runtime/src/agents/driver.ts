import type { StagePool } from "@sandboot/stager";
import type { PhaseWarning } from "../base/warning.ts";
import type { Grace } from "../process/grace.ts";
import type { ReadinessProbe } from "../process/readiness/probe.ts";
import type { AgentReport } from "../protocol/index.ts";

/** Folders and files that an agent is started with. */
export interface AgentPaths {
  /** An empty folder of ours: a process that starts here reads nothing of any repository. */
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
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface AgentSession {
  /** Null for an agent that has no such thing. */
  readonly sessionId: string | null;
  readonly version: string | null;
  /** The catalogue of models that it works with; null for an agent that has no such thing. */
  readonly catalogue: AgentReport["catalogue"];
  readonly warnings: readonly PhaseWarning[];
}

/** What was done about the config folder of one workspace, so that the agent need not install packages there. */
export interface LinkedPackages {
  /** The config folder. */
  readonly path: string;
  /** `kept`: it was left as it is, for the reason given. */
  readonly result: "linked" | "present" | "kept" | "absent";
  readonly reason: string;
  /** Packages that it declares and that could not be had. */
  readonly missing: readonly MissingPackage[];
  /** Whether it was kept although the agent may now install by itself. */
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
  /** Links what a workspace declares now into it, and prepares it first if nobody has. */
  link(directory: string, context: PackagesContext): Promise<LinkedPackages>;
  /**
   * Brings what the session did not need, and removes what earlier boots prepared and this one has no use for.
   *
   * @returns How many workspaces lacked something.
   */
  complete(context: PackagesContext): Promise<number>;
}

export interface PackagesContext {
  readonly signal: AbortSignal;
  /** One line of a package manager's output. */
  readonly line?: (stream: "stdout" | "stderr", line: string) => void;
}

/** What preparing packages takes. */
export interface PackagesParts {
  readonly pool: StagePool;
  readonly grace: Grace;
}

/**
 * One coding agent: how it is started, how one sees that it works, and what its first request is.
 * A driver knows the agent's habits and nothing of the boot.
 */
export interface AgentDriver {
  readonly name: string;
  /** Name of the folder in a repository with the agent's own configuration; null when it has none. */
  readonly configFolder: string | null;
  /** Prepares what the process reads at its start besides the stage (idempotent). */
  prepareHome(paths: AgentPaths, signal: AbortSignal): Promise<void>;
  command(paths: AgentPaths, port: number): AgentCommand;
  readiness(port: number): ReadinessProbe;
  /** Files and folders that decide how the process starts: fingerprinted for C4. */
  readSet(paths: AgentPaths): readonly string[];
  /** Whether the process reads `path` again for an instance that is made later, so that a change needs no restart. */
  readsAgain(path: string, paths: AgentPaths): boolean;
  /** Keeps the agent from installing packages into workspaces; null when it installs none, or is to do so itself. */
  readonly packages: ((parts: PackagesParts) => Promise<AgentPackages>) | null;
  /**
   * The request that makes the agent read the workspace (C2: never before every hook has ended).
   *
   * @throws Failed `agent-session` with status and body when the agent refuses.
   */
  createSession(url: URL, directory: string, signal: AbortSignal): Promise<AgentSession>;
  /** What makes a request about the workspace that says of itself nothing of any: the bridge adds it. */
  workspaceHeaders(directory: string): Readonly<Record<string, string>>;
}
