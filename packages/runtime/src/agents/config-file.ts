import { mergeAgentConfig } from "../config/agent-config.ts";
import type { Config } from "../config/config.ts";
import { parseJsonc } from "../config/jsonc.ts";
import { changeFile } from "./restorable-file.ts";

type AgentConfig = Config["agent"]["config"];

/**
 * Puts configuration over what a file of OpenCode's configuration holds.
 *
 * @param plugins - Added to those that are configured.
 * @returns the call that puts back what was there.
 * @throws Failed `bad-input` when the file is no JSON; `system-error` when it cannot be read or written.
 */
export async function mergeConfigFile(
  path: string,
  config: AgentConfig,
  plugins: readonly string[] = [],
): Promise<() => Promise<void>> {
  if (Object.keys(config).length === 0 && plugins.length === 0) return async () => {};
  return await changeFile(path, async (before) => {
    const found = before === null ? {} : ((await parseJsonc(before, path)) as AgentConfig);
    const merged = mergeAgentConfig(found, config);
    const others = Array.isArray(merged["plugin"]) ? merged["plugin"] : [];
    const all = plugins.length === 0 ? merged : { ...merged, plugin: [...others, ...plugins] };
    return `${JSON.stringify(all, null, 2)}\n`;
  });
}
