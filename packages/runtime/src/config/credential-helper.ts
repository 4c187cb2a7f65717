import type { Config } from "./config.ts";
import type { Setting } from "./git-env.ts";
import { stateFolderAt } from "./state-folder.ts";

/**
 * Settings by which git asks this runtime for the credentials of the configured hosts, and nobody else: the empty helper
 * takes away those of other configuration for these hosts. They would be told the password (`store` writes it into a file).
 * Nothing in the settings is secret.
 *
 * @param program - The command that starts `sandboot`.
 * @see https://git-scm.com/docs/gitcredentials#_configuration_options
 */
export function credentialHelperSettings(
  { git, stateDir }: Pick<Config, "git" | "stateDir">,
  program: readonly string[],
): Setting[] {
  const helper = `!${helperCommand(stateDir, program)}`;
  return git.credentials.flatMap(({ host }) => {
    const key = `credential.https://${host}.helper`;
    return [
      [key, ""],
      [key, helper],
    ];
  });
}

/** The credential helper as a shell runs it. Options of Node that are meant for the caller's own programs do not count. */
export function helperCommand(stateDir: string, program: readonly string[]): string {
  const args = [...program, "git-credential", "--socket", stateFolderAt(stateDir).socket];
  return `NODE_OPTIONS= ${args.map(quotedForShell).join(" ")}`;
}

export function quotedForShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
