/** A time limit in words: `1.5 s`. */
export function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
