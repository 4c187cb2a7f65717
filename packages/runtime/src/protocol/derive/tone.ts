import type { BridgeState } from "../event.ts";
import type { PhaseStatus } from "../phase.ts";
import type { PresentId } from "../present.ts";
import type { ProcessStatus } from "../process.ts";

/** How good or bad a status is. Each surface has its own colours for it. */
export type Tone = "good" | "busy" | "warning" | "bad" | "muted";

export const phaseTones: Readonly<Record<PhaseStatus, Tone>> = {
  pending: "muted",
  running: "busy",
  done: "good",
  warned: "warning",
  failed: "bad",
  skipped: "muted",
  cancelled: "muted",
};

export const processTones: Readonly<Record<ProcessStatus["id"], Tone>> = {
  idle: "muted",
  starting: "busy",
  running: "good",
  stopping: "busy",
  stopped: "muted",
  crashed: "warning",
  backoff: "warning",
  failed: "bad",
  "not-installed": "muted",
};

export const presentTones: Readonly<Record<PresentId, Tone>> = {
  booting: "busy",
  seeded: "good",
  spent: "bad",
  ready: "good",
  warm: "good",
  degraded: "warning",
  refusing: "bad",
  frozen: "muted",
  recovering: "bad",
  ending: "muted",
};

export const gateTones: Readonly<Record<BridgeState["gate"], Tone>> = {
  open: "good",
  holding: "busy",
  refusing: "warning",
};
