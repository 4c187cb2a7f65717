import { expect, it } from "vitest";
import { timersOfRunning } from "../../src/base/timers.ts";

/** Time that a test lets pass. While `paused`, nothing is called, and then all that is due. */
class Time {
  nowMs = 0;
  #due: { readonly atMs: number; readonly task: () => void }[] = [];
  readonly timers = timersOfRunning(
    {
      after: (ms, task) => {
        const timer = { atMs: this.nowMs + ms, task };
        this.#due.push(timer);
        return () => this.#remove(timer);
      },
    },
    () => this.nowMs,
  );

  run(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [next] = this.#due.toSorted((one, other) => one.atMs - other.atMs);
      if (next === undefined || Math.max(next.atMs, this.nowMs) > endMs) break;
      this.nowMs = Math.max(next.atMs, this.nowMs);
      this.#remove(next);
      next.task();
    }
    this.nowMs = endMs;
  }

  pause(ms: number): void {
    this.nowMs += ms;
  }

  get waiting(): number {
    return this.#due.length;
  }

  #remove(timer: { readonly task: () => void }): void {
    this.#due = this.#due.filter((each) => each !== timer);
  }
}

/** When a wait ends, by the time of those who ran meanwhile. */
function waitOf(ms: number, time = new Time()) {
  const wait = { isOver: false, time };
  time.timers.after(ms, () => {
    wait.isOver = true;
  });
  return wait;
}

it.each([1, 999, 1_000, 1_500, 60_000])("waits %d ms when nothing is paused", (ms) => {
  const wait = waitOf(ms);
  wait.time.run(ms - 1);
  expect(wait.isOver).toBe(false);
  wait.time.run(1);
  expect(wait.isOver).toBe(true);
});

it("goes on after a pause of a week with what was left, give or take a second", () => {
  const wait = waitOf(30_000);
  wait.time.run(10_300);
  wait.time.pause(7 * 24 * 3_600_000);
  wait.time.run(18_900);
  expect(wait.isOver).toBe(false);
  wait.time.run(2_000);
  expect(wait.isOver).toBe(true);
});

it("does not end a wait by a pause just before its end", () => {
  const wait = waitOf(30_000);
  wait.time.run(29_500);
  wait.time.pause(60_000);
  wait.time.run(400);
  expect(wait.isOver).toBe(false);
  wait.time.run(600);
  expect(wait.isOver).toBe(true);
});

it("ends a wait in a process that is paused again and again", () => {
  const wait = waitOf(1_000);
  for (let pauses = 0; pauses < 12; pauses++) {
    wait.time.pause(5_000);
    wait.time.run(1);
  }
  expect(wait.isOver).toBe(true);
});

it("counts as time what a busy machine takes longer", () => {
  const wait = waitOf(10_000);
  for (let seconds = 0; seconds < 10; seconds++) {
    wait.time.pause(1_500);
    wait.time.run(0);
  }
  expect(wait.isOver).toBe(true);
});

it("leaves no timer behind when it is cancelled", () => {
  const time = new Time();
  const cancel = time.timers.after(5_000, () => {
    throw new Error("it was cancelled");
  });
  time.run(2_500);
  cancel();
  expect(time.waiting).toBe(0);
  time.run(10_000);
});
