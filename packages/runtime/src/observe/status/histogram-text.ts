import { BUCKETS_SECONDS, type Histogram, type HistogramSeries } from "./histogram.ts";

/**
 * A histogram in Prometheus's text format: prom-client's own keeps what it counts in itself, and is loaded at the first
 * request alone.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function renderHistogram(name: string, help: string, { series }: Histogram): string {
  const lines = series.flatMap((one) => linesOf(name, one));
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ""].join("\n");
}

function linesOf(name: string, { labels, counts, sumSeconds }: HistogramSeries): string[] {
  const own = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  const braced = (...more: string[]) => `{${[...own, ...more].join(",")}}`;
  let total = 0;
  const buckets = counts.map((count, at) => {
    total += count;
    return `${name}_bucket${braced(`le="${BUCKETS_SECONDS[at] ?? "+Inf"}"`)} ${total}`;
  });
  return [...buckets, `${name}_sum${braced()} ${sumSeconds}`, `${name}_count${braced()} ${total}`];
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
