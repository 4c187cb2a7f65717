import { isInView, type Plot } from "./plot.ts";
import type { DrawnRow } from "./row.ts";
import { element } from "./svg.ts";

/** Lines from needed phases to the phases that needed them: on the critical chain, and to the selected row. */
export function drawLinks(
  links: SVGElement,
  rows: readonly DrawnRow[],
  { plot, selected }: { readonly plot: Plot; readonly selected: string | null },
): void {
  const byId = new Map(rows.map((entry) => [entry.row.id, entry]));
  for (const to of rows) {
    for (const id of to.row.needs) {
      const from = byId.get(id);
      const critical = to.row.share !== null && from !== undefined && from.row.share !== null;
      if (from === undefined || !(critical || to.row.id === selected)) continue;
      const path = pathOf(from, to, plot);
      if (path === null) continue;
      links.append(element("path", { class: critical ? "link critical" : "link", d: path }));
    }
  }
}

/** Vertically from the end of one bar, then horizontally to the start of the other. */
function pathOf(from: DrawnRow, to: DrawnRow, plot: Plot): string | null {
  const [endMs, startMs] = [from.row.endMs, to.row.startMs];
  if (endMs === null || startMs === null) return null;
  if (!isInView(plot, Math.min(endMs, startMs), Math.max(endMs, startMs))) return null;
  const half = (to.y > from.y ? plot.barHeight : -plot.barHeight) / 2;
  const x = Math.max(plot.left, plot.clampedX(endMs) - 3);
  const end = Math.max(x, plot.clampedX(startMs));
  return `M ${x} ${from.y + plot.barMiddle + half} V ${to.y + plot.barMiddle} H ${end}`;
}
