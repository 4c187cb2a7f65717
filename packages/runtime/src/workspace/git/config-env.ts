type Env = Readonly<Record<string, string>>;

/**
 * Configures one run of git, and the programs that it starts, by environment variables. So the value is in no file and no
 * argv.
 *
 * @param env - The rest of git's environment. Configuration in it stays in force.
 * @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT
 */
export function configEnv(key: string, value: string, env: Env): Record<string, string> {
  const at = numberOfPairs(env);
  return {
    GIT_CONFIG_COUNT: String(at + 1),
    [`GIT_CONFIG_KEY_${at}`]: key,
    [`GIT_CONFIG_VALUE_${at}`]: value,
  };
}

function numberOfPairs(env: Env): number {
  const count = Number(env["GIT_CONFIG_COUNT"] ?? 0);
  return Number.isInteger(count) && count > 0 ? count : 0;
}
