const RELEASE = /^(\d+)\.(\d+)\.(\d+)$/;
const RANGE = /^(?<operator>\^|~|>=|=|)\s*v?(?<version>\d+(?:\.\d+){0,2})$/;

/**
 * Whether a version is within a range of the forms that nearly all package.json files use: `1.2.3`, `^1.2`, `~1.2.3`,
 * `>=1`, `*`. A range of another form is for npm to judge, and so is every prerelease that is not named exactly.
 *
 * @see https://github.com/npm/node-semver#ranges
 */
export function isWithin(version: string, range: string): boolean {
  const wanted = range.trim();
  if (wanted === version) return true;
  const have = RELEASE.exec(version)?.slice(1).map(Number);
  if (have === undefined) return false;
  if (wanted === "" || wanted === "*" || wanted === "x") return true;
  const { operator, version: lowest } = RANGE.exec(wanted)?.groups ?? {};
  if (operator === undefined || lowest === undefined) return false;
  const given = lowest.split(".").map(Number);
  if (operator === ">=") return compare(have, given) >= 0;
  const fixed =
    operator === "^"
      ? fixedByCaret(given)
      : operator === "~"
        ? Math.min(2, given.length)
        : given.length;
  return compare(have, given) >= 0 && given.slice(0, fixed).every((part, at) => part === have[at]);
}

/** A caret lets what is behind the first part change that is not zero. */
function fixedByCaret(given: readonly number[]): number {
  const first = given.findIndex((part) => part !== 0);
  return first === -1 ? given.length : first + 1;
}

/** Parts that are missing count as zero. */
function compare(one: readonly number[], other: readonly number[]): number {
  for (const at of [0, 1, 2]) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
