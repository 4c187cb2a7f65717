/** Upper bounds of the buckets, in seconds: from a phase that costs nothing to a hook at its time limit. */
const BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const;

/** No duration in any bucket. */
const NONE: readonly number[] = [...BUCKETS_SECONDS, 0].fill(0);

type Labels = Readonly<Record<string, string>>;

/** The durations of one kind that were seen so far. */
export interface HistogramSeries {
  readonly labels: Labels;
  /** How many durations were in each bucket, and not in the one before; the last is without an upper bound. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/**
 * Counts durations, and keeps none of them, so that what it takes does not grow with the number of boots, bindings and
 * retries.
 */
export class Histogram {
  readonly #series = new Map<string, { labels: Labels; counts: number[]; sumSeconds: number }>();

  observe(labels: Labels, durationMs: number): void {
    const seconds = durationMs / 1000;
    const key = JSON.stringify(labels);
    const series = this.#series.get(key) ?? { labels, counts: NONE.slice(), sumSeconds: 0 };
    this.#series.set(key, series);
    const bucket = BUCKETS_SECONDS.findIndex((bound) => seconds <= bound);
    // The last one, when no bound is high enough.
    const at = bucket < 0 ? BUCKETS_SECONDS.length : bucket;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
    series.sumSeconds += seconds;
  }

  /** Upper bounds of the buckets but for the last, in seconds. */
  get bounds(): readonly number[] {
    return BUCKETS_SECONDS;
  }

  get series(): readonly HistogramSeries[] {
    return [...this.#series.values()];
  }
}
