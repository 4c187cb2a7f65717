import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { processClock } from "../../../src/base/clock.ts";
import { writeJsonLines } from "../../../src/cli/terminal/json-lines.ts";
import { EventBus } from "../../../src/observe/events/bus.ts";

describe("a reader of stdout that reads nothing", () => {
  it("C13: loses lines of output, and no other event", () => {
    const bus = new EventBus({ clock: processClock, redact: (value) => value });
    const unread = new PassThrough();
    writeJsonLines(bus, unread);
    const line = "x".repeat(10_000);
    for (let n = 0; n < 1_000; n++) {
      bus.emit({ type: "phase.output", id: "stage", stream: "stdout", line });
    }
    expect(unread.writableLength + unread.readableLength).toBeLessThan(5_000_000);
    const before = unread.writableLength;
    bus.emit({ type: "phase.warning", id: "stage", message: "the disk is full" });
    expect(unread.writableLength).toBeGreaterThan(before);
  });
});
