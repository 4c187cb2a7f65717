/** The last one must be enough on any machine. */
const LIMITS_SECONDS = [1, 4, 15, 60] as const;

/**
 * For tests of a time limit, where something must have begun before the limit ends it. Tries a short limit first. When the
 * attempt returns null, because this machine was too slow, tries the next longer one.
 *
 * @param options - `leastSeconds`: shorter limits are not tried.
 */
export async function withEnoughTime<T>(
  attempt: (limitSeconds: number) => Promise<T | null>,
  { leastSeconds = 0 }: { readonly leastSeconds?: number } = {},
): Promise<T> {
  for (const limitSeconds of LIMITS_SECONDS.filter((limit) => limit >= leastSeconds)) {
    const result = await attempt(limitSeconds);
    if (result !== null) return result;
  }
  throw new Error(`nothing had begun within ${LIMITS_SECONDS.at(-1)} s`);
}
