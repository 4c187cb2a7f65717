import { pathToFileURL } from "node:url";
import type { Config } from "../../config/config.ts";
import { changeFile } from "../restorable-file.ts";

type Env = Readonly<Record<string, string>>;

/**
 * Variables that OpenCode, or what it is made of, reads at its start or remembers from its first workspace. A change of one
 * of them needs a new process.
 */
const READ_AT_START =
  /^(?:OPENCODE|XDG_|BUN_|NODE_|SSL_|LD_|LC_)|^(?:HOME|PATH|SHELL|USER|PWD|TMPDIR|TZ|LANG|EDITOR|VISUAL|NO_COLOR|FORCE_COLOR)$|_PROXY$/i;

/** Whether a running process can be given these variables by {@link writeTenantEnv}. */
export function canBeGiven(names: readonly string[]): boolean {
  return names.every((name) => /^[A-Z_][A-Z0-9_]*$/i.test(name) && !READ_AT_START.test(name));
}

/** The variables that a binding adds or changes. */
export function tenantEnv(env: Env, { bound }: Pick<Config, "bound">): Env {
  const before = bound?.seedEnv ?? env;
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => before[name] !== value && canBeGiven([name])),
  );
}

/**
 * Writes a plugin for OpenCode that puts variables into its environment. The instance of a workspace loads its plugins before
 * it looks for keys and starts anything, so what it starts inherits them (docs/opencode-facts.md#environment-by-a-plugin).
 *
 * @returns the plugin's URL for OpenCode's configuration, and the call that removes it.
 */
export async function writeTenantEnv(
  path: string,
  env: Env,
): Promise<{ readonly url: string; readonly undo: () => Promise<void> }> {
  const text = [
    "// Written by sandboot: the variables of the binding, for what the agent starts.",
    `Object.assign(process.env, ${JSON.stringify(env)});`,
    "export const SandbootBinding = async () => ({});",
    "",
  ].join("\n");
  return { url: pathToFileURL(path).href, undo: await changeFile(path, () => text) };
}
