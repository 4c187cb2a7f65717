import type { Clock } from "../../base/clock.ts";

/** How long nothing ran, and how that was noticed. */
export interface Gap {
  readonly gapMs: number;
  readonly noticedBy: "late-timer" | "wall-clock";
}

/** Between two looks at the clocks. */
export const LOOK_MS = 1_000;

/** A shorter gap is a busy machine. */
const LEAST_GAP_MS = 2_000;

interface Look {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * Notices that this process has not run for a while. Stopped processes, frozen containers and restored processes find that
 * their timers are late. In a restored virtual machine, or one that slept, the monotonic clock has stood still, too, and
 * the wall clock is ahead of it once somebody has set it.
 */
export class ClockWatch {
  readonly #clock: Clock;
  #last: Look;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#last = this.#now();
  }

  /** To be called every {@link LOOK_MS}. @returns the gap since the last look; null when there was none. */
  look(): Gap | null {
    const { monotonicMs, wallMs } = this.restart();
    const late = monotonicMs - LOOK_MS;
    const ahead = wallMs - LOOK_MS;
    // A wall clock that was set back says nothing of a gap.
    if (Math.max(late, ahead) < LEAST_GAP_MS) return null;
    // Both are late after a pause of the process. The wall clock may have been set besides.
    return late >= LEAST_GAP_MS
      ? { gapMs: late, noticedBy: "late-timer" }
      : { gapMs: ahead, noticedBy: "wall-clock" };
  }

  /** Counts from now on. @returns how much both clocks have gone on since the last look. */
  restart(): Look {
    const before = this.#last;
    this.#last = this.#now();
    return {
      monotonicMs: this.#last.monotonicMs - before.monotonicMs,
      wallMs: this.#last.wallMs - before.wallMs,
    };
  }

  #now(): Look {
    return { monotonicMs: this.#clock.nowMs(), wallMs: Date.parse(this.#clock.isoNow()) };
  }
}
