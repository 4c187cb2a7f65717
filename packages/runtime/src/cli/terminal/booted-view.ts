import { focusOf } from "../../protocol/derive/focus.ts";
import type { BootReport } from "../../protocol/index.ts";
import { coloursOf, type Look } from "../../report/look.ts";
import { renderWaterfall } from "../../report/waterfall.ts";

/**
 * What a terminal shows after a boot: the waterfall, the URLs, and how to end the sandbox.
 *
 * @param stays - Whether the sandbox goes on running.
 */
export function renderReady(report: BootReport, look: Look, stays: boolean): string {
  const colours = coloursOf(look);
  const urls = Object.entries(report.urls);
  const width = Math.max(0, ...urls.map(([name]) => name.length));
  const lines = urls.map(([name, url]) => `  ${name.padEnd(width)}  ${colours.cyan(url)}`);
  const waits =
    report.outcome === "seeded"
      ? ["  The seed waits for a repository: sandboot adopt --repo URL"]
      : [];
  const end = stays ? ["", colours.dim("  Ctrl-C ends the sandbox.")] : [];
  return [renderWaterfall(focusOf(report), look), ...lines, ...waits, ...end, ""].join("\n");
}
