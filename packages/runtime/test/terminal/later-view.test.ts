import { describe, expect, it } from "vitest";
import { EventBus } from "../../src/events/bus.ts";
import type { ProcessState } from "../../src/protocol/index.ts";
import { showWhatComesLater } from "../../src/terminal/later-view.ts";

describe("after a boot, in a terminal", () => {
  it("warnings, crashes, restarts and the end are told; what went well before is not", () => {
    const bus = new EventBus({
      clock: { nowMs: () => 1_500, isoNow: () => "2026-01-01T00:00:00.000Z" },
      redact: (value) => value,
    });
    let text = "";
    const stream = { write: (more: string) => (text += more) } as unknown as NodeJS.WritableStream;
    const look = () => ({ columns: 80, colour: false, unicode: true });
    const end = showWhatComesLater({ bus, stream, look });
    const process = (status: ProcessState["status"]) =>
      bus.emit({
        type: "process.changed",
        process: {
          id: "ttyd",
          kind: "sidecar",
          port: 1,
          url: null,
          restarts: 0,
          optional: true,
          status,
        },
      });
    const running = { id: "running", pid: 9, sinceMs: 1, readyMs: 2, readyBy: "tcp" } as const;
    process(running);
    process({ id: "crashed", sinceMs: 1, exitCode: 3, signal: null });
    process({ id: "starting", pid: 9, sinceMs: 1 });
    process(running);
    process(running);
    bus.emit({ type: "runtime.warning", source: "control-plane", message: "down\u001b[2J" });
    bus.emit({ type: "phase.started", id: "x" });
    bus.emit({ type: "shutdown.started", reason: "SIGINT" });
    end();
    bus.emit({ type: "shutdown.started", reason: "again" });
    expect(text.split("\n")).toEqual([
      "  ! ttyd crashed (exit code 3)  +1.50 s",
      "  · ttyd running (pid 9)  +1.50 s",
      "  ! control-plane: down  +1.50 s",
      "  · the sandbox ends: SIGINT  +1.50 s",
      "",
    ]);
  });
});
