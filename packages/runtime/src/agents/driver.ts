import type { ReadinessProbe } from "../process/readiness/probe.ts";

/** Folders and files that an agent is started with. */
export interface AgentPaths {
  /** An empty folder of ours: a process that starts here reads nothing of any repository. */
  readonly neutralDir: string;
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
}

/** What the driver did so that the agent need not install anything into the workspace. */
export type WorkspacePreparation = {
  readonly path: string;
  readonly result: "linked" | "present" | "kept" | "absent";
  readonly reason: string;
};

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
  /** After the hooks, before the first request: what keeps the agent from installing into the workspace by itself. */
  prepareWorkspace(
    paths: AgentPaths,
    directory: string,
    signal: AbortSignal,
  ): Promise<readonly WorkspacePreparation[]>;
  /**
   * The request that makes the agent read the workspace (C2: never before every hook has ended).
   *
   * @throws Failed `agent-session` with status and body when the agent refuses.
   */
  createSession(url: URL, directory: string, signal: AbortSignal): Promise<AgentSession>;
  /** What makes a request about the workspace that says of itself nothing of any: the bridge adds it. */
  workspaceHeaders(directory: string): Readonly<Record<string, string>>;
}
