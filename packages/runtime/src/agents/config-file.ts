import { mergeAgentConfig } from "../config/agent-config.ts";
import type { Config } from "../config/config.ts";
import { parseJsonc } from "../config/jsonc.ts";
import { changeFile } from "./restorable-file.ts";

type AgentConfig = Config["agent"]["config"];

/**
 * Puts configuration over what a file of OpenCode's configuration holds.
 *
 * @returns the call that puts back what was there.
 * @throws Failed `bad-input` when the file is no JSON; `system-error` when it cannot be read or written.
 */
export async function mergeConfigFile(
  path: string,
  config: AgentConfig,
): Promise<() => Promise<void>> {
  if (Object.keys(config).length === 0) return async () => {};
  return await changeFile(path, async (before) => {
    const found = before === null ? {} : ((await parseJsonc(before, path)) as AgentConfig);
    return `${JSON.stringify(mergeAgentConfig(found, config), null, 2)}\n`;
  });
}
