import { describeMachine } from "../lib/machine.ts";
import { median } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";
import type { AdoptSample } from "./sample.ts";

type Samples = ReadonlyMap<string, readonly AdoptSample[]>;

/** What `--out` writes. @throws RangeError when a contender has no sample */
export function evaluate(samples: Samples) {
  return {
    schemaVersion: 1,
    machine: describeMachine(),
    contenders: Object.fromEntries(
      [...samples].map(([contender, taken]) => [contender, mediansOf(taken)]),
    ),
    samples: Object.fromEntries(samples),
  };
}

function mediansOf(taken: readonly AdoptSample[]): AdoptSample {
  const of = (key: keyof AdoptSample) => median(taken.map((sample) => sample[key]));
  return {
    readyMs: of("readyMs"),
    beyondMs: of("beyondMs"),
    untilFirstMs: of("untilFirstMs"),
    runtimeMiB: of("runtimeMiB"),
    agentMiB: of("agentMiB"),
  };
}

export function renderTable({ contenders }: ReturnType<typeof evaluate>): string {
  const head = [
    "medians",
    "bind → ready",
    "beyond sync and hooks",
    "bind → first answer",
    "idle seed: runtime",
    "agent",
  ];
  const orNothing = (value: number, text: string) => (value === 0 ? "" : text);
  const rows = Object.entries(contenders).map(([contender, one]) => [
    contender,
    formatMs(one.readyMs),
    orNothing(one.beyondMs, formatMs(one.beyondMs)),
    orNothing(one.untilFirstMs, formatMs(one.untilFirstMs)),
    orNothing(one.runtimeMiB, `${one.runtimeMiB.toFixed(0)} MiB`),
    orNothing(one.agentMiB, `${one.agentMiB.toFixed(0)} MiB`),
  ]);
  return formatTable(head, rows);
}
