import type { Clock } from "../base/clock.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { BootReport } from "../protocol/index.ts";
import type { WhatComesNext } from "./terminal/booted-view.ts";

/** How a boot is shown. */
export interface Display {
  /** Called when the result of the boot, or of an adopt, is decided. */
  booted(report: BootReport, next: WhatComesNext): Promise<void>;
  /** Called when the report of a boot that {@link booted} has shown is in the history, at `path`. */
  recorded(report: BootReport, path: string): Promise<void>;
  /** Called when everything has ended. */
  ended(): Promise<void>;
}

export interface DisplayOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly json: boolean;
}
