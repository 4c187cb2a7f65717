import type { TimeWindow } from "@sandboot/runtime/protocol";
import type { WaterfallComparison, WaterfallModel } from "../model/waterfall-messages.ts";

/** The shortest visible time. */
const NARROWEST_MS = 2;

/** Space after the last bar, as a share of the boot. */
const MARGIN = 0.04;

/** Whether it is known what the boot waited for. */
export function isDecided({ rows }: WaterfallModel): boolean {
  return rows.some(({ share }) => share !== null);
}

/** The window that shows the whole boot. */
export function wholeBoot(
  model: WaterfallModel,
  nowMs: number,
  comparison: WaterfallComparison | null,
): TimeWindow {
  // What still runs when the boot has been decided may do so for hours. Its bar goes on to the edge.
  const decided = isDecided(model);
  const ends = model.rows.map(({ startMs, endMs }) =>
    startMs === null ? 0 : (endMs ?? (decided ? startMs : nowMs)),
  );
  const earlier = Object.values(comparison?.phases ?? {}).flatMap(({ span }) => span?.endMs ?? []);
  const ready = [model.readyMs ?? 0, comparison?.readyMs ?? 0];
  const last = Math.max(1, ...ends, ...earlier, ...ready);
  return { fromMs: 0, toMs: last * (1 + MARGIN) };
}

/**
 * @param factor - Above 1 zooms in.
 * @param fixedMs - The moment that keeps its place.
 * @returns Null for the whole boot.
 */
export function zoomed(
  window: TimeWindow,
  { factor, fixedMs, whole }: { factor: number; fixedMs: number; whole: TimeWindow },
): TimeWindow | null {
  const fromMs = fixedMs - (fixedMs - window.fromMs) / factor;
  const toMs = fixedMs + (window.toMs - fixedMs) / factor;
  if (toMs - fromMs < NARROWEST_MS) return window;
  if (fromMs <= whole.fromMs && toMs >= whole.toMs) return null;
  return { fromMs: Math.max(whole.fromMs, fromMs), toMs: Math.min(whole.toMs, toMs) };
}

/** Moves the window, but not beyond the boot. */
export function panned(window: TimeWindow, byMs: number, whole: TimeWindow): TimeWindow {
  const by = Math.max(whole.fromMs - window.fromMs, Math.min(byMs, whole.toMs - window.toMs));
  return { fromMs: window.fromMs + by, toMs: window.toMs + by };
}
