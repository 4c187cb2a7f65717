/** One of the things that a benchmark holds against each other. */
export interface Contender<Sample> {
  readonly id: string;
  /** One that takes long may sit out: it runs in this many rounds, the first ones, and is not warmed up. */
  readonly fewerRuns?: number;
  /** Runs once, from nothing: the round tells apart what must be fresh in each run. */
  run(round: number, signal: AbortSignal): Promise<Sample>;
}

/**
 * Runs each contender once as a warm-up, then `runs` times, in turns that change who goes first: what the machine does
 * meanwhile meets all of them alike.
 *
 * @returns the samples of each contender, in the order they were taken; warm-ups left out
 */
export async function alternate<Sample>(options: {
  readonly contenders: readonly Contender<Sample>[];
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly onSample?: (contender: string, round: number, sample: Sample) => void;
}): Promise<Map<string, Sample[]>> {
  const { contenders, runs, signal, onSample } = options;
  const samples = new Map<string, Sample[]>(contenders.map(({ id }) => [id, []]));
  for (let round = 0; round <= runs; round += 1) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of order) {
      const { fewerRuns } = contender;
      if (fewerRuns !== undefined && (round === 0 || round > fewerRuns)) continue;
      signal.throwIfAborted();
      const sample = await contender.run(round, signal);
      onSample?.(contender.id, round, sample);
      if (round > 0) samples.get(contender.id)?.push(sample);
    }
  }
  return samples;
}
