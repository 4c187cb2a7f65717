import { describe, expect, it } from "vitest";
import { sayFarewell } from "../../../src/cli/terminal/farewell.ts";
import { showWhatComesLater } from "../../../src/cli/terminal/later-view.ts";
import { EventBus } from "../../../src/observe/events/bus.ts";
import type { PhasePlan, ProcessState } from "../../../src/protocol/index.ts";

describe("after a boot, in a terminal", () => {
  it("a late phase has its own line when it has ended; phases of an adopt do not", () => {
    let nowMs = 900;
    const bus = new EventBus({
      clock: { nowMs: () => nowMs, isoNow: () => "2026-01-01T00:00:00.000Z" },
      redact: (value) => value,
    });
    const plan = (id: string): PhasePlan => {
      return { id, title: id, needs: [], where: "main", required: false };
    };
    bus.emit({
      type: "boot.started",
      runtimeVersion: "1",
      pid: 1,
      startedAt: "2026-01-01T00:00:00.000Z",
      sandboxId: null,
      mode: "fresh",
      phases: ["sidecar.code-server", "sidecar.broken", "agent.mcp", "ready"].map(plan),
    });
    for (const id of ["sidecar.code-server", "sidecar.broken", "agent.mcp"])
      bus.emit({ type: "phase.started", id });
    bus.emit({ type: "boot.ready", readyMs: 1_000, urls: { bridge: "http://127.0.0.1:7680" } });
    let text = "";
    const stream = { write: (more: string) => (text += more) } as unknown as NodeJS.WritableStream;
    const look = () => ({ columns: 80, colour: false, unicode: true });
    const end = showWhatComesLater({ bus, stream, look });

    const url = "http://127.0.0.1:8080";
    const status = { id: "running", pid: 9, sinceMs: 1, readyMs: 2, readyBy: "http" } as const;
    const server = { id: "code-server", kind: "sidecar", port: 8080, url } as const;
    const process = { ...server, restarts: 0, optional: true, status };
    bus.emit({ type: "process.changed", process });
    const ended = (id: string, how: "done" | "warned") => {
      const phase = { id, status: how, startMs: 1, endMs: nowMs, detail: {} };
      bus.emit({ type: "phase.ended", ...phase });
    };
    nowMs = 4_200;
    ended("sidecar.code-server", "done");
    nowMs = 5_000;
    bus.emit({ type: "phase.warning", id: "sidecar.broken", message: "it is of no use" });
    ended("sidecar.broken", "warned");
    nowMs = 6_000;
    ended("agent.mcp", "done");
    ended("hook.start:of-an-adopt", "done");
    end();
    expect(text.split("\n")).toEqual([
      "  · code-server ready at 4.20 s  http://127.0.0.1:8080",
      "  ! sidecar.broken: it is of no use  +5.00 s",
      "  · agent.mcp done at 6.00 s",
      "",
    ]);
    expect(bus.state.urls).toEqual({ bridge: "http://127.0.0.1:7680", "code-server": url });
  });

  it("the last line says how long the end took, and the exit code", () => {
    let nowMs = 9_000;
    const bus = new EventBus({
      clock: { nowMs: () => nowMs, isoNow: () => "2026-01-01T00:00:00.000Z" },
      redact: (value) => value,
    });
    let text = "";
    const stream = { write: (more: string) => (text += more) } as unknown as NodeJS.WritableStream;
    sayFarewell(bus, stream, () => ({ columns: 80, colour: false, unicode: true }));
    bus.emit({ type: "shutdown.started", reason: "SIGINT" });
    nowMs += 310;
    bus.emit({ type: "shutdown.ended", exitCode: 0 });
    expect(text).toBe("  ended in 310 ms, exit code 0\n");
  });

  it("warnings, crashes, restarts and the shutdown are shown; successes before are not", () => {
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
      "  ! ttyd crashed with exit code 3  +1.50 s",
      "  · ttyd running (pid 9)  +1.50 s",
      "  ! control-plane: down  +1.50 s",
      "  · the sandbox ends: SIGINT  +1.50 s",
      "",
    ]);
  });
});
