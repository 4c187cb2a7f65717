/** No known word is as long, and to compare a much longer one takes long. */
const LONGEST = 64;

/** The known word that a mistyped one was probably meant to be; null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > LONGEST) return null;
  const most = 1 + Math.floor(word.length / 4);
  const [best] = known
    .map((candidate) => ({ candidate, distance: distanceOf(plain(word), plain(candidate)) }))
    .filter(({ distance }) => distance <= most && distance < word.length)
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate ?? null;
}

/** `code-server`, `CODE_SERVER` and `codeServer` are the same word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, "");
}

/**
 * How many letters have to be added, dropped, replaced or swapped with their neighbour.
 *
 * @see https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance (optimal string alignment)
 */
function distanceOf(from: string, to: string): number {
  let above: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const at = (cells: readonly number[], index: number) => cells[index] ?? Infinity;
      const replaced = at(row, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwapped ? at(above, j - 2) + 1 : Infinity;
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, replaced, swapped));
    }
    [above, row] = [row, next];
  }
  return row[to.length] ?? 0;
}
