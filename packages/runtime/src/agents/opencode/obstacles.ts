import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../../base/is-object.ts";
import { readText } from "../../base/text-file.ts";
import { parseJsonc } from "../../config/jsonc.ts";
import { DECOY_PROVIDER } from "./decoy.ts";

/** Where OpenCode looks for configuration in every folder that it works in. */
export interface ConfigPlaces {
  /** Config folders: the global one, that of the stage, `~/.opencode`, the administrator's. */
  readonly folders: readonly string[];
  /** Single files: `OPENCODE_CONFIG`. */
  readonly files: readonly string[];
  /** The inline configuration. */
  readonly inline: Readonly<Record<string, unknown>>;
  readonly authFile: string;
}

/** Then not even a session may be made. */
export const SHARED = "sessions are shared";

const CONFIG_NAMES = ["config.json", "opencode.json", "opencode.jsonc"];
const PLUGIN_FOLDERS = ["plugin", "plugins"];

/**
 * Why OpenCode must not be led to a folder of ours: it would run there what is not ours, or ask the network. Looks at
 * files only. What it finds no fault with may still speak against a prompt ({@link obstacleToPrompt}).
 *
 * @returns A short reason, or null.
 */
export async function obstacleToDecoy(places: ConfigPlaces): Promise<string | null> {
  if (hasPlugins(places.inline)) return "plugins are configured";
  for (const folder of places.folders) {
    for (const name of PLUGIN_FOLDERS) {
      const found = await readdir(join(folder, name)).catch(() => []);
      if (found.length > 0) return `there are plugins in ${join(folder, name)}`;
    }
    // OpenCode installs packages into such a folder at once.
    const exists = CONFIG_NAMES.concat("tool", "tools").some((name) =>
      existsSync(join(folder, name)),
    );
    if (exists && !existsSync(join(folder, "node_modules"))) return `${folder} has no node_modules`;
  }
  const files = places.folders.flatMap((folder) => CONFIG_NAMES.map((name) => join(folder, name)));
  for (const path of [...files, ...places.files]) {
    const config = await readObject(path);
    if (config === "unreadable") return `${path} cannot be read`;
    if (config !== null && hasPlugins(config)) return `${path} configures plugins`;
  }
  const auth = await readObject(places.authFile);
  if (auth === "unreadable") return `${places.authFile} cannot be read`;
  const isWellKnown = (entry: unknown) =>
    (entry as { type?: unknown } | null)?.type === "wellknown";
  if (auth !== null && Object.values(auth).some(isWellKnown)) return "configuration is fetched";
  return null;
}

/**
 * Why a prompt must not be sent in the decoy: it would reach somebody, start something or change something of the
 * user's.
 *
 * @param config - What applies in the decoy, as OpenCode has put it together.
 * @returns A short reason, or null.
 */
export function obstacleToPrompt(config: Readonly<Record<string, unknown>>): string | null {
  if (config["share"] === "auto" || config["autoshare"] === true) return SHARED;
  if (!isOurProviderAlone(config)) return "the configuration says which providers there are";
  const servers = Object.values((config["mcp"] ?? {}) as Record<string, { enabled?: boolean }>);
  if (servers.some(({ enabled }) => enabled !== false)) return "there are MCP servers";
  const instructions = (config["instructions"] ?? []) as readonly string[];
  if (instructions.some((one) => /^https?:/.test(one))) return "instructions are fetched";
  const { urls = [] } = (config["skills"] ?? {}) as { readonly urls?: readonly string[] };
  if (urls.length > 0) return "skills are fetched";
  const { openTelemetry } = (config["experimental"] ?? {}) as { readonly openTelemetry?: boolean };
  return openTelemetry === true ? "prompts are traced" : null;
}

function isOurProviderAlone(config: Readonly<Record<string, unknown>>): boolean {
  const enabled = config["enabled_providers"] as readonly string[] | undefined;
  const disabled = (config["disabled_providers"] ?? []) as readonly string[];
  return enabled?.join() === DECOY_PROVIDER && !disabled.includes(DECOY_PROVIDER);
}

function hasPlugins({ plugin }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(plugin) && plugin.length > 0;
}

async function readObject(path: string): Promise<Record<string, unknown> | null | "unreadable"> {
  try {
    const text = readText(path);
    if (text === null) return null;
    const value = await parseJsonc(text, path);
    return isObject(value) ? value : "unreadable";
  } catch {
    return "unreadable";
  }
}
