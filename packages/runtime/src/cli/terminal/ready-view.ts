import { focusOf } from "../../protocol/derive/focus.ts";
import type { BootReport } from "../../protocol/index.ts";
import { coloursOf, type Look } from "../../report/look.ts";
import { renderWaterfall } from "../../report/waterfall.ts";

/**
 * After a boot: the waterfall, where things are, and how it ends.
 *
 * @param stays - Whether the sandbox runs on.
 */
export function renderReady(report: BootReport, look: Look, stays: boolean): string {
  const colours = coloursOf(look);
  const urls = Object.entries(report.urls);
  const width = Math.max(0, ...urls.map(([name]) => name.length));
  const lines = urls.map(([name, url]) => `  ${name.padEnd(width)}  ${colours.cyan(url)}`);
  const waits =
    report.outcome === "seeded" ? ["  It waits for its repository: sandboot adopt --repo URL"] : [];
  const end = stays ? ["", colours.dim("  Ctrl-C ends it.")] : [];
  return [renderWaterfall(focusOf(report), look), ...lines, ...waits, ...end, ""].join("\n");
}
