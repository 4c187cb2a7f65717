import { join } from "node:path";
import { SOCKET_NAME } from "../protocol/socket.ts";

/** The places in a runtime's state folder (docs/state-folder.md). */
export interface StateFolder {
  readonly path: string;
  readonly socket: string;
  /** Whose state folder it is: the mark of the processes of the runtime that has it. */
  readonly mark: string;
  readonly events: string;
  readonly history: string;
  /** The workspace and a tenant's variables, for terminals. */
  readonly terminalEnv: string;
  /** Where a seed's code-server listens, behind our door. */
  readonly editorSocket: string;
  /** Where ttyd listens, behind our door. */
  readonly terminalSocket: string;
  /** Where the desktop's VNC server listens. */
  readonly vncSocket: string;
  /** Gives the running agent a tenant's variables. */
  readonly agentEnv: string;
  /** Messages that the control plane has not received yet. */
  readonly outbox: string;
  /** The same of a binding that names another control plane, or another sandbox. */
  readonly outboxOfBinding: string;
  /** The agent reads its catalogue of models here; a link. */
  readonly models: string;
  /** This sandbox's own copies of package trees, which workspaces are linked to. */
  readonly packages: string;
  /** Packages that repositories declare, as npm installed them, unless the config names another folder. */
  readonly packageCache: string;
  /** What the git of every child includes. */
  readonly gitConfig: string;
  /** The same for hosts whose credentials we ask for. */
  readonly gitCredentialConfig: string;
  /** Credentials that are used until they expire. */
  readonly gitCredentials: string;
  /** Programs of ours, first on PATH. */
  readonly bin: string;
  /** Which links in the workspace's merged config folder are ours. */
  readonly assembled: string;
  /** Always empty. The agent's process starts here, so it can read nothing of a repository (C2). */
  readonly neutral: string;
  /** Where the agent is warmed up (docs/warm.md). It is there only meanwhile. */
  readonly decoy: string;
}

/** Where an agent's own files are: in the state folder itself, and those of an agent beside the primary one below it. */
export function agentFolderAt({
  stateDir,
  agent,
}: {
  readonly stateDir: string;
  readonly agent: { readonly id: string | null; readonly isPrimary: boolean };
}): Pick<StateFolder, "agentEnv" | "decoy" | "models" | "neutral" | "packages"> {
  return stateFolderAt(agent.isPrimary ? stateDir : join(stateDir, "agents", String(agent.id)));
}

/** The places in a state folder, whether it exists or not. */
export function stateFolderAt(path: string): StateFolder {
  return {
    path,
    models: join(path, "models.json"),
    neutral: join(path, "neutral"),
    decoy: join(path, "decoy"),
    socket: join(path, SOCKET_NAME),
    mark: join(path, "runtime.mark"),
    events: join(path, "events.jsonl"),
    history: join(path, "history"),
    agentEnv: join(path, "agent-env.js"),
    editorSocket: join(path, "editor.sock"),
    terminalSocket: join(path, "ttyd.sock"),
    vncSocket: join(path, "vnc.sock"),
    terminalEnv: join(path, "terminal.env"),
    outbox: join(path, "outbox"),
    outboxOfBinding: join(path, "outbox-1"),
    packages: join(path, "packages"),
    gitConfig: join(path, "gitconfig"),
    gitCredentialConfig: join(path, "git-credentials.gitconfig"),
    gitCredentials: join(path, "git-credentials.json"),
    bin: join(path, "bin"),
    assembled: join(path, "assembled.json"),
    packageCache: join(path, "package-cache"),
  };
}
