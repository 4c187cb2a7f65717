/** Something with a beginning and an end on one time axis. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Puts spans into as few lanes as it takes for none to overlap another of its lane; earlier ones first.
 *
 * @returns The lane of each span, in the order of `spans`.
 */
export function assignLanes(spans: readonly Span[]): number[] {
  const lanes: number[] = new Array(spans.length).fill(0);
  const freeAtMs: number[] = [];
  const order = spans
    .map((span, at) => ({ span, at }))
    .sort((a, b) => a.span.startMs - b.span.startMs);
  for (const { span, at } of order) {
    const free = freeAtMs.findIndex((ms) => ms <= span.startMs);
    const lane = free === -1 ? freeAtMs.length : free;
    freeAtMs[lane] = span.endMs;
    lanes[at] = lane;
  }
  return lanes;
}
