import { basename, dirname, extname } from "node:path";

/** Files of the global config folder whose content a process remembers once it has made an instance. */
const REMEMBERED = ["config", "config.json", "opencode.json", "opencode.jsonc"];

/** Read anew for each instance: prompts, skills, and configuration other than the global one. */
const READ_ANEW = [".md", ".mdx", ".txt", ".json", ".jsonc"];

/** What the agent writes there by itself. */
const ITS_OWN = ".gitignore";

/**
 * Whether an instance that is made later reads `path` again, although the process has made one before: it remembers the
 * global configuration and the modules that it has imported (docs/opencode-facts.md#remembered-by-an-instance).
 */
export function isReadAnew(path: string, globalConfigDir: string): boolean {
  const name = basename(path);
  // It knows a skill by its SKILL.md alone. What else is in its folder the model reads, by its tools.
  if (name === ITS_OWN || path.startsWith(`${globalConfigDir}/skills/`)) return true;
  if (dirname(path) === globalConfigDir && REMEMBERED.includes(name)) return false;
  const isOfPackages = /\/node_modules(\/|$)/.test(path) || /^package(-lock)?\.json$/.test(name);
  return READ_ANEW.includes(extname(name)) && !isOfPackages;
}
