import type { Histogram, HistogramSeries } from "./histogram.ts";

/**
 * A histogram in Prometheus's text format: prom-client's own keeps what it counts in itself, and is loaded at the first
 * request alone.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function renderHistogram(name: string, help: string, histogram: Histogram): string {
  const lines = histogram.series.flatMap((one) => linesOf(name, one, histogram.bounds));
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ""].join("\n");
}

function linesOf(
  name: string,
  { labels, counts, sumSeconds }: HistogramSeries,
  bounds: readonly number[],
): string[] {
  const own = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  const braced = (...more: string[]) => `{${[...own, ...more].join(",")}}`;
  let total = 0;
  const buckets = counts.map((count, at) => {
    total += count;
    return `${name}_bucket${braced(`le="${bounds[at] ?? "+Inf"}"`)} ${total}`;
  });
  return [...buckets, `${name}_sum${braced()} ${sumSeconds}`, `${name}_count${braced()} ${total}`];
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
