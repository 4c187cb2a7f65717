import { focusOf } from "../../protocol/derive/focus.ts";
import type { BootReport } from "../../protocol/index.ts";
import { coloursOf, type Look, linkTo } from "../../report/look.ts";
import { renderWaterfall } from "../../report/waterfall.ts";

/**
 * What follows a boot: `work` until the sandbox is told to end, `recovery` until somebody has mended it, its end after the
 * `warm-up` or the `late-phases`, or its `end` at once.
 */
export type WhatComesNext = "work" | "recovery" | "warm-up" | "late-phases" | "end";

/** What a terminal shows after a boot: the waterfall, and of a sandbox that stays the URLs and what to do with it. */
export function renderBooted(report: BootReport, look: Look, next: WhatComesNext): string {
  const isGone = report.outcome === "failed" && next === "end";
  const waits =
    report.outcome === "seeded"
      ? ["  The seed waits for a repository: sandboot adopt --repo URL"]
      : [];
  const end = next === "work" ? ["", coloursOf(look).dim("  Ctrl-C ends the sandbox.")] : [];
  const lines = [...(isGone ? [] : urlLines(report, look)), ...waits, ...end, ""];
  return [renderWaterfall(focusOf(report), look), ...lines].join("\n");
}

function urlLines({ urls }: BootReport, look: Look): string[] {
  const width = Math.max(0, ...Object.keys(urls).map((name) => name.length));
  return Object.entries(urls).map(
    ([name, url]) => `  ${name.padEnd(width)}  ${coloursOf(look).cyan(linkTo(url, look))}`,
  );
}
