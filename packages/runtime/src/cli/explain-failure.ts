import type { BootReport } from "../protocol/index.ts";
import { lookOf } from "./look.ts";
import type { WhatComesNext } from "./terminal/booted-view.ts";
import { renderFailure } from "./terminal/failure-view.ts";
import { show } from "./terminal/shown.ts";

/** Explains on stderr why a boot has failed, if it has. */
export function explainFailure(report: BootReport, next: WhatComesNext): void {
  const { stderr } = process;
  if (report.outcome !== "failed") return;
  show(stderr, renderFailure(report, { ...lookOf(stderr), wraps: stderr.isTTY }));
  if (next === "recovery") show(stderr, STAYS);
}

const STAYS = "The sandbox stays, so that you can mend it. Then: sandboot retry. Ctrl-C ends it.\n";
