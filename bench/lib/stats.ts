/** Five numbers of a sample; all in the sample's own unit. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/**
 * The value below which `share` of the sample lies, interpolated between neighbours
 * (type 7 of Hyndman and Fan, what R and NumPy do by default).
 *
 * @throws RangeError for an empty sample or a share outside 0…1
 */
export function quantile(sample: readonly number[], share: number): number {
  if (share < 0 || share > 1) throw new RangeError(`a share is between 0 and 1, found ${share}`);
  const sorted = [...sample].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError("the sample is empty");
  return below + (above - below) * (position - Math.floor(position));
}

/** @throws RangeError for an empty sample */
export function median(sample: readonly number[]): number {
  return quantile(sample, 0.5);
}

/**
 * How many times as much one measured as the other, round by round, by the median: the machine's moods met both alike.
 *
 * @throws RangeError when they share no round
 */
export function pairedRatio(measured: readonly number[], baseline: readonly number[]): number {
  const ratios = measured.flatMap((value, round) => {
    const against = baseline[round];
    return against === undefined ? [] : [value / against];
  });
  return median(ratios);
}

/** @throws RangeError for an empty sample */
export function summarize(sample: readonly number[]): Summary {
  return {
    count: sample.length,
    min: quantile(sample, 0),
    median: median(sample),
    p95: quantile(sample, 0.95),
    max: quantile(sample, 1),
  };
}
