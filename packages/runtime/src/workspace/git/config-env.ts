type Env = Readonly<Record<string, string>>;

/**
 * Configuration for one git and all that it starts, by its environment: it stands in no file and in no argv.
 *
 * @param env - The environment that git will have besides; configuration that it carries already stays in force.
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
