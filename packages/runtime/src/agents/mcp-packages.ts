import type { Config } from "../config/config.ts";

/** A package that npx would fetch when the agent starts an MCP server. */
export interface McpPackage {
  /** The program as the command names it, so that the agent's own npx uses the same cache. */
  readonly npx: string;
  /** Anything npm can install: a name, with a version or without, or a path. */
  readonly spec: string;
}

/** The packages of local MCP servers that are started by npx, each once. A command with other flags is left to npx. */
export function mcpPackages({
  config,
  mcp,
}: Pick<Config["agent"], "config" | "mcp">): McpPackage[] {
  const ofOpenCode = (config["mcp"] ?? {}) as Record<string, unknown>;
  const servers = [...mcp, ...Object.values(ofOpenCode)];
  const found = new Map<string, McpPackage>();
  for (const server of servers) {
    if (typeof server !== "object" || server === null) continue;
    const { type, command, enabled } = server as Record<string, unknown>;
    if (type !== "local" || enabled === false || !isTextList(command)) continue;
    const [npx = "", ...args] = command;
    if (npx.split("/").at(-1) !== "npx") continue;
    for (const spec of specsOf(args)) found.set(`${npx} ${spec}`, { npx, spec });
  }
  return [...found.values()];
}

/** What npx would install: every `--package`, else its first argument. */
function specsOf(args: readonly string[]): readonly string[] {
  const named: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? "";
    if (argument === "-y" || argument === "--yes") continue;
    if (argument === "-p" || argument === "--package") {
      at += 1;
      named.push(args[at] ?? "");
      continue;
    }
    if (argument.startsWith("--package=")) {
      named.push(argument.slice("--package=".length));
      continue;
    }
    const rest = argument === "--" ? args[at + 1] : argument;
    if (rest === undefined || rest.startsWith("-")) return named;
    return named.length > 0 ? named : [rest];
  }
  return named;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
