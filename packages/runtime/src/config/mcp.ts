import type { ConfigFile } from "./schema.ts";
import type { Session } from "./session.ts";

type McpServer = ConfigFile["agent"]["mcp"][number];

/** The servers of the config and those of a session, which win by name. */
export function mcpServersWith(
  servers: readonly McpServer[],
  { mcp_servers: added }: Pick<Session, "mcp_servers">,
): McpServer[] {
  const byName = new Map(servers.map((server) => [server.name, server]));
  for (const { name, type, command, env, url, headers, enabled } of added ?? []) {
    // Reading the session has reported it.
    if ((type === "remote" ? url : command) == null) continue;
    byName.set(name, {
      name,
      type: type ?? "local",
      ...(command != null && { command }),
      env: env ?? {},
      ...(url != null && { url }),
      headers: headers ?? {},
      enabled: enabled ?? true,
    });
  }
  return [...byName.values()];
}
