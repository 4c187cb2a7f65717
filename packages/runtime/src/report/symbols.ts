import type { PhaseStatus } from "../protocol/index.ts";
import type { Look } from "./look.ts";

const UNICODE: Readonly<Record<PhaseStatus, string>> = {
  done: "✓",
  warned: "!",
  failed: "✗",
  cancelled: "■",
  skipped: "·",
  running: "…",
  pending: "·",
};

const ASCII: Readonly<Record<PhaseStatus, string>> = {
  done: "+",
  warned: "!",
  failed: "x",
  cancelled: "#",
  skipped: ".",
  running: "~",
  pending: ".",
};

/** A symbol for each status of a phase, one cell wide. */
export function symbolsOf({
  unicode,
}: Pick<Look, "unicode">): Readonly<Record<PhaseStatus, string>> {
  return unicode ? UNICODE : ASCII;
}
