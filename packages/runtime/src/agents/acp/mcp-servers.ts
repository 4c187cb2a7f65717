import type { AcpMcpServer } from "../../acp-server/contract.ts";
import type { Config } from "../../config/config.ts";

/** The MCP servers of the config, as `session/new` takes them. */
export function acpMcpServers({ mcp }: Config["agent"]): AcpMcpServer[] {
  return mcp
    .filter(({ enabled }) => enabled)
    .map(({ name, type, command: [command = "", ...args] = [], env, url = "", headers }) =>
      type === "local"
        ? { name, command, args, env: pairs(env) }
        : { name, type: "http", url, headers: pairs(headers) },
    );
}

function pairs(record: Readonly<Record<string, string>>) {
  return Object.entries(record).map(([name, value]) => ({ name, value }));
}
