import { expect, it } from "vitest";
import { processClock } from "../../../src/base/clock.ts";
import { EventBus } from "../../../src/observe/events/bus.ts";

it("the bus keeps a bounded amount of output, the last of it, and every number in order", () => {
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  const line = "x".repeat(65_536);
  for (let n = 0; n < 1_000; n++) {
    bus.emit({ type: "phase.output", id: "hook.start:demo", stream: "stdout", line });
  }
  expect(bus.since(0)).toBeNull();
  const oldest = Array.from({ length: 1_000 }, (_, seq) => seq).find((seq) => bus.since(seq)) ?? 0;
  const kept = bus.since(oldest) ?? [];
  expect(kept.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 1_000 - oldest }, (_, at) => oldest + 1 + at),
  );
  expect(kept.length).toBeGreaterThan(100);
  expect(kept.length * line.length).toBeLessThanOrEqual(8_000_000);
});
