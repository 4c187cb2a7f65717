import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SOCKET_NAME } from "../protocol/socket.ts";

/** What lies in a runtime's state folder (docs/state-folder.md). */
export interface StateFolder {
  readonly path: string;
  readonly socket: string;
  readonly events: string;
  readonly history: string;
  /** What the control plane could not be told yet. */
  readonly outbox: string;
  /** Empty for ever: where the agent's process starts (C2). */
  readonly neutral: string;
}

/** Where things lie in a state folder, whether it exists or not. */
export function stateFolderAt(path: string): StateFolder {
  return {
    path,
    neutral: join(path, "neutral"),
    socket: join(path, SOCKET_NAME),
    events: join(path, "events.jsonl"),
    history: join(path, "history"),
    outbox: join(path, "outbox"),
  };
}

/** Makes the state folder, for its owner only: logs and sockets in it are nobody else's business. */
export function openStateFolder(path: string): StateFolder {
  const folder = stateFolderAt(path);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  mkdirSync(folder.neutral, { recursive: true });
  return folder;
}
