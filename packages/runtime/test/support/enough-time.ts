/** The last is enough on any machine. */
const LIMITS_SECONDS = [1, 4, 15, 60] as const;

/**
 * For a test of a time limit, which has to get something under way before the limit ends it. The attempt is made with a
 * short limit, and with longer ones only as long as it says, by null, that this machine was too slow for what it needs.
 */
export async function withEnoughTime<T>(
  attempt: (limitSeconds: number) => Promise<T | null>,
): Promise<T> {
  for (const limitSeconds of LIMITS_SECONDS) {
    const result = await attempt(limitSeconds);
    if (result !== null) return result;
  }
  throw new Error(`nothing was under way within ${LIMITS_SECONDS.at(-1)} s`);
}
