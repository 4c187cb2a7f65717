import { on } from "node:events";
import { watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type BootReport, bootReportSchema } from "../../src/protocol/index.ts";
import { LateSidecar } from "../support/late-sidecar.ts";
import { OtlpReceiver } from "../support/otlp-receiver.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import { Sandbox } from "../support/sandbox.ts";

const phaseOf = ({ phases }: BootReport, id: string) => phases.find((phase) => phase.id === id);

const withSidecars = (...sidecars: LateSidecar[]) =>
  Sandbox.create({
    agentKind: "fixture",
    config: { sidecars: sidecars.map(({ config }) => config) },
  });

/** Reads the report as soon as it fits. */
async function reportThat(
  sandbox: Sandbox,
  boot: RunningSandboot,
  fits: (report: BootReport) => boolean,
): Promise<BootReport> {
  // The watch begins before the read, so no change is missed between them.
  const watcher = watch(sandbox.folder);
  try {
    const changes = on(watcher, "change");
    for (;;) {
      const report = await boot.report().catch(() => null);
      if (report !== null && fits(report)) return report;
      await changes.next();
    }
  } finally {
    watcher.close();
  }
}

async function onRecord(sandbox: Sandbox): Promise<BootReport[]> {
  const folder = join(sandbox.folder, "state/history");
  const texts = (await readdir(folder)).map((name) => readFile(join(folder, name), "utf8"));
  return (await Promise.all(texts)).map((text) => bootReportSchema.parse(JSON.parse(text)));
}

const isRunning = (id: string) => (report: BootReport) => phaseOf(report, id)?.status === "running";

describe("a boot that is ready before its slow optional phases", () => {
  it("--until ready does not wait for them: they are `running` in the report, and are ended", async () => {
    const late = await LateSidecar.create("late");
    const sandbox = await withSidecars(late);
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await boot.ended()).exitCode).toBe(0);

    const report = await boot.report();
    expect(report).toMatchObject({ schemaVersion: 1, outcome: "ready", fatal: null, warnings: [] });
    expect(phaseOf(report, "sidecar.late")).toMatchObject({ status: "running", endMs: null });
    const others = report.phases.filter(({ id }) => id !== "sidecar.late");
    const open = others.filter(({ status }) => status !== "done" && status !== "skipped");
    expect(open).toEqual([]);
    expect(await onRecord(sandbox)).toEqual([report]);

    const stopped = boot.position("phase.ended", ({ id }) => id === "sidecar.late");
    expect(boot.events[stopped]).toMatchObject({ status: "cancelled" });
    expect(stopped).toBeGreaterThan(boot.position("shutdown.started"));
    expect(sandbox.left()).toEqual([]);
  });

  it("writes the report at once, and replaces it when the last of them has ended", async () => {
    const [good, bad] = [await LateSidecar.create("good"), await LateSidecar.create("bad")];
    const sandbox = await withSidecars(good, bad);
    const boot = await sandbox.boot();
    const first = await reportThat(sandbox, boot, isRunning("sidecar.good"));
    expect(first).toMatchObject({ outcome: "ready", readyMs: expect.any(Number) });
    expect(isRunning("sidecar.bad")(first)).toBe(true);

    await bad.become("failed");
    const second = await reportThat(sandbox, boot, (report) => !isRunning("sidecar.bad")(report));
    expect(phaseOf(second, "sidecar.bad")).toMatchObject({
      status: "warned",
      failure: { code: "process-exited" },
    });
    expect(isRunning("sidecar.good")(second)).toBe(true);

    await good.become("ready");
    const last = await reportThat(sandbox, boot, (report) => !isRunning("sidecar.good")(report));
    expect(phaseOf(last, "sidecar.good")).toMatchObject({ status: "done", required: false });
    expect(last.readyMs).toBe(first.readyMs);
    expect(last.phases.map(({ critical }) => critical)).toEqual(
      first.phases.map(({ critical }) => critical),
    );

    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(await boot.report()).toEqual(last);
    expect(await onRecord(sandbox)).toEqual([last]);
  });

  it("exits with 0 when a signal comes before they have ended, and they stay `running`", async () => {
    const late = await LateSidecar.create("late");
    const sandbox = await withSidecars(late);
    const boot = await sandbox.boot();
    await reportThat(sandbox, boot, isRunning("sidecar.late"));
    boot.signal("SIGINT");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(isRunning("sidecar.late")(await boot.report())).toBe(true);
    expect(sandbox.left()).toEqual([]);
  });

  it("--until settled waits for them", async () => {
    const late = await LateSidecar.create("late");
    const sandbox = await withSidecars(late);
    const boot = await sandbox.boot({ args: ["--until", "settled"] });
    await reportThat(sandbox, boot, isRunning("sidecar.late"));
    await late.become("ready");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(phaseOf(await boot.report(), "sidecar.late")).toMatchObject({ status: "done" });
    expect(boot.position("shutdown.started")).toBeGreaterThan(
      boot.position("phase.ended", ({ id }) => id === "sidecar.late"),
    );
  });

  it("C9: but for a required sidecar the report waits", async () => {
    const late = await LateSidecar.create("late", { optional: false });
    const sandbox = await withSidecars(late);
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    await boot.until("boot.ready");
    await late.become("failed");
    expect((await boot.ended()).exitCode).toBe(1);
    expect(await boot.report()).toMatchObject({
      outcome: "failed",
      fatal: { phase: "sidecar.late", failure: { code: "process-exited" } },
    });
  });

  it("sends the span of a late phase when it has ended, and each span once", async () => {
    const receiver = await OtlpReceiver.start();
    const [late, never] = [await LateSidecar.create("late"), await LateSidecar.create("never")];
    const sandbox = await withSidecars(late, never);
    const boot = await sandbox.boot({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
    await reportThat(sandbox, boot, isRunning("sidecar.late"));
    await late.become("ready");
    await boot.until("phase.ended", ({ id }) => id === "sidecar.late");
    boot.signal("SIGTERM");
    await boot.ended();

    const { spans } = receiver;
    const root = spans.find(({ name }) => name === "sandboot boot");
    const below = spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId);
    const ids = (await boot.report()).phases.map(({ id }) => id);
    expect(below.map(({ name }) => name).toSorted()).toEqual(ids.toSorted());
    expect(spans).toHaveLength(ids.length + 1);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const statusOf = (id: string) =>
      below.find(({ name }) => name === id)?.attributes["sandboot.phase.status"];
    expect(statusOf("sidecar.late")).toBe("done");
    expect(statusOf("sidecar.never")).toBe("cancelled");
  });
});
