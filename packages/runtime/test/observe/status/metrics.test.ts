import { describe, expect, it } from "vitest";
import { ask } from "../../support/http.ts";
import { bootStarted, startStatus } from "../../support/status.ts";
import { until } from "../../support/supervised.ts";

describe("metrics", () => {
  it("match the state", async () => {
    const { socket, bus, processes } = await startStatus();
    bus.emit(bootStarted);
    const before = (await ask(socket, "/metrics")).body;
    expect(before).not.toMatch(/^sandboot_boot_duration_seconds_/m);
    expect(before).not.toMatch(/^sandboot_bridge_open/m);

    const detail = {};
    const [startMs, endMs] = [100, 1_600];
    bus.emit({ type: "phase.ended", id: "stage", status: "done", startMs, endMs, detail });
    const web = processes.add('we"b', "exec sleep 1000");
    await web.start();
    await web.restart();
    await until(web, "running");
    bus.emit({ type: "boot.ready", readyMs: 2_345, urls: {} });
    bus.emit({ type: "bridge.changed", bridge: { gate: "open", reason: null, held: 0 } });
    const { body, headers } = await ask(socket, "/metrics");
    expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = body.split("\n");
    for (const line of [
      'sandboot_info{version="1.2.3",mode="fresh",sandbox_id=""} 1',
      'sandboot_status{status="ready"} 1',
      'sandboot_status{status="booting"} 0',
      'sandboot_boot_duration_seconds_sum{outcome="ready"} 2.345',
      'sandboot_phase_duration_seconds_sum{phase="stage",status="done"} 1.5',
      'sandboot_process_state{process="we\\"b",kind="sidecar",state="running"} 1',
      'sandboot_process_state{process="we\\"b",kind="sidecar",state="backoff"} 0',
      'sandboot_process_restarts_total{process="we\\"b",kind="sidecar"} 1',
      "sandboot_bridge_open 1",
      `sandboot_events_total ${bus.state.seq}`,
      `process_start_time_seconds ${Date.parse("2026-03-04T05:06:07.000Z") / 1000}`,
    ]) {
      expect(lines).toContain(line);
    }
    const memory = /^process_resident_memory_bytes (\d+)$/m.exec(body)?.[1];
    expect(Number(memory)).toBeGreaterThan(10_000_000);
    expect(body).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
    // Every metric has a help text and a type.
    const names = new Set(lines.flatMap((line) => /^([a-z_]+)[{ ]/.exec(line)?.[1] ?? []));
    for (const name of names) {
      expect(body).toMatch(new RegExp(`^# TYPE ${name.replace(/_(bucket|sum|count)$/, "")} `, "m"));
    }
  });

  it("count what a seed did, also what is no longer in the state", async () => {
    const { socket, bus } = await startStatus();
    bus.emit({ ...bootStarted, mode: "seed" });
    bus.emit({ type: "boot.seeded", seededMs: 4_000 });
    const bind = (requestedMs: number) => {
      bus.emit({ type: "adopt.started", requestedMs, repositories: [], phases: [] });
      const id = 'hook.start:the "shop"';
      const [startMs, endMs] = [requestedMs, requestedMs + 700];
      bus.emit({ type: "phase.ended", id, status: "done", startMs, endMs, detail: {} });
    };
    for (const _ of [1, 2]) {
      // The event's own clock is the test's.
      bind(bus.state.adopt?.requestedMs ?? 0);
      const failure = { code: "hook-failed", message: "" };
      bus.emit({ type: "adopt.failed", phase: "hook.start:shop", failure, readyByThen: [] });
    }
    bind(10_000);
    bus.emit({ type: "boot.ready", readyMs: 10_400, urls: {} });
    const { body } = await ask(socket, "/metrics");
    // Repositories are a tenant's, and no label.
    expect(body).not.toContain("shop");
    const lines = body.split("\n");
    for (const line of [
      'sandboot_boot_duration_seconds_sum{outcome="seeded"} 4',
      'sandboot_binding_duration_seconds_count{outcome="failed"} 2',
      'sandboot_binding_duration_seconds_sum{outcome="ready"} 0.4',
      'sandboot_binding_duration_seconds_bucket{outcome="ready",le="0.25"} 0',
      'sandboot_binding_duration_seconds_bucket{outcome="ready",le="0.5"} 1',
      'sandboot_binding_duration_seconds_bucket{outcome="ready",le="+Inf"} 1',
      'sandboot_phase_duration_seconds_count{phase="hook.start",status="done"} 3',
      'sandboot_phase_duration_seconds_bucket{phase="hook.start",status="done",le="0.5"} 0',
      'sandboot_phase_duration_seconds_bucket{phase="hook.start",status="done",le="1"} 3',
    ]) {
      expect(lines).toContain(line);
    }
  });
});
