import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** What lies in a runtime's state folder (docs/state-folder.md). */
export interface StateFolder {
  readonly path: string;
  readonly socket: string;
  readonly events: string;
  readonly history: string;
  /** Empty for ever: where the agent's process starts (C2). */
  readonly neutral: string;
}

/** Makes the state folder, for its owner only: logs and sockets in it are nobody else's business. */
export async function openStateFolder(path: string): Promise<StateFolder> {
  const neutral = join(path, "neutral");
  await mkdir(path, { recursive: true, mode: 0o700 });
  await mkdir(neutral, { recursive: true });
  return {
    neutral,
    path,
    socket: join(path, "runtime.sock"),
    events: join(path, "events.jsonl"),
    history: join(path, "history"),
  };
}
