type Env = Readonly<Record<string, string>>;

/** One setting of git: its key and its value. */
export type Setting = readonly [key: string, value: string];

/**
 * Configures one run of git, and the programs that it starts, by environment variables. So the value is in no file and no
 * argv, and wins over what the files of a checkout say.
 *
 * @param env - The rest of git's environment. Configuration in it stays in force.
 * @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT
 */
export function configEnv(settings: readonly Setting[], env: Env): Record<string, string> {
  const first = numberOfPairs(env);
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, key],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(first + settings.length), ...Object.fromEntries(pairs) };
}

function numberOfPairs(env: Env): number {
  const count = Number(env["GIT_CONFIG_COUNT"] ?? 0);
  return Number.isInteger(count) && count > 0 ? count : 0;
}
