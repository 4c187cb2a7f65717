import { makeFolder } from "@sandboot/stager";
import { systemErrorOf } from "../base/system-error.ts";
import { foundText } from "../base/system-error-text.ts";
import { eachAgent } from "../config/agents.ts";
import type { Config } from "../config/config.ts";
import { badInput } from "../config/errors.ts";
import { agentFolderAt, type StateFolder, stateFolderAt } from "../config/state-folder.ts";

/**
 * Does work that needs a configured folder.
 *
 * @throws Failed `bad-input` that names the key, for an error of the operating system.
 */
export async function inFolder<T>(
  config: Config,
  key: "stateDir" | "workspace",
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = systemErrorOf(error, config[key]);
    if (cause === null) throw error;
    const expected = "a folder that exists or can be created, and can be written to";
    const found = foundText(cause);
    throw badInput({ source: config.file ?? "defaults", key, expected, found });
  }
}

/** Makes the state folder. Only its owner can read the logs and reach the sockets in it. */
export function openStateFolder(config: Config): StateFolder {
  makeFolder(config.stateDir, 0o700);
  for (const agent of eachAgent(config)) makeFolder(agentFolderAt(agent).neutral);
  return stateFolderAt(config.stateDir);
}
