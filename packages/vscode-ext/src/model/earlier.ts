import { durationOf, type RuntimeState, statisticsOf } from "@sandboot/runtime/protocol";
import { earlierBoots, type ReadyBoot } from "../store/history.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Translate } from "./translate.ts";
import type { WaterfallComparison } from "./waterfall-messages.ts";

/** One boot has no middle. */
const FEWEST_FOR_P50 = 2;

/** How long the boots before this one in its mode took: their p50, and their number. Null when there are too few. */
export function usualReady(
  history: readonly ReadyBoot[],
  current: Pick<RuntimeState, "mode" | "startedAt">,
): { readonly readyMs: number; readonly boots: number } | null {
  const { ready, boots } = statisticsOf(earlierBoots(history, current));
  return ready === null || boots < FEWEST_FOR_P50 ? null : { readyMs: ready.p50Ms, boots };
}

/** What the boot can be compared with: the p50 of the boots before it, then each of them, the newest first. */
export function comparisons({ history, state }: Snapshot, t: Translate): WaterfallComparison[] {
  if (state === null) return [];
  const boots = earlierBoots(history, state);
  const { phases } = statisticsOf(boots);
  const usual = usualReady(history, state);
  const p50 =
    usual === null
      ? []
      : [
          {
            id: "p50",
            label: t("p50 of {0} boots", usual.boots),
            startedAt: null,
            readyMs: usual.readyMs,
            phases: Object.fromEntries(
              [...phases].map(([id, { p50Ms }]) => [id, { tookMs: p50Ms, span: null }]),
            ),
          },
        ];
  return [...p50, ...boots.toReversed().map((boot, at) => comparison(boot, at === 0, t))];
}

function comparison(boot: ReadyBoot, isPrevious: boolean, t: Translate): WaterfallComparison {
  return {
    // Whoever compares with the boot before does so at the next boot as well.
    id: isPrevious ? "previous" : boot.startedAt,
    label: isPrevious ? t("Previous boot") : null,
    startedAt: boot.startedAt,
    readyMs: boot.readyMs,
    phases: Object.fromEntries(
      boot.phases.map(({ id, ...span }) => [id, { tookMs: durationOf(span) ?? 0, span }]),
    ),
  };
}
