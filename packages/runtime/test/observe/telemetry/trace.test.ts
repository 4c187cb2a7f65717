import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { exportTrace } from "../../../src/observe/telemetry/export-trace.ts";
import { parseTraceParent } from "../../../src/observe/telemetry/make-trace.ts";
import { bootTraceOf } from "../../../src/observe/telemetry/trace-of-env.ts";
import { OtlpReceiver } from "../../support/otlp-receiver.ts";
import { reportOf } from "../../support/reports.ts";
import { sandbootBin } from "../../support/sandboot.ts";
import { Sandbox } from "../../support/sandbox.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

describe("trace parent (W3C)", () => {
  it.each([
    [`00-${TRACE}-${PARENT}-01`, { traceId: TRACE, spanId: PARENT, sampled: true }],
    [`00-${TRACE}-${PARENT}-00`, { traceId: TRACE, spanId: PARENT, sampled: false }],
    [`01-${TRACE}-${PARENT}-03-more`, { traceId: TRACE, spanId: PARENT, sampled: true }],
    [`00-${TRACE}-${PARENT}-01-more`, null],
    [`ff-${TRACE}-${PARENT}-01`, null],
    [`00-${"0".repeat(32)}-${PARENT}-01`, null],
    [`00-${TRACE}-${"0".repeat(16)}-01`, null],
    [`00-${TRACE.toUpperCase()}-${PARENT}-01`, null],
    ["nonsense", null],
    [undefined, null],
  ])("%s", (text, parsed) => {
    expect(parseTraceParent(text)).toEqual(parsed);
  });
});

describe("whether there is a trace", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
  it.each([
    [{}, false],
    [endpoint, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318/v1/traces" }, true],
    [{ ...endpoint, OTEL_SDK_DISABLED: "true" }, false],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: "none" }, false],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: "console,otlp" }, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, false],
  ])("%j: %s", async (env, wanted) => {
    expect((await bootTraceOf(env)) !== null).toBe(wanted);
  });

  it("hooks are not sampled when the parent is not", async () => {
    const trace = await bootTraceOf({ ...endpoint, TRACEPARENT: `00-${TRACE}-${PARENT}-00` });
    expect(trace?.envOf("hook")["TRACEPARENT"]).toMatch(
      new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`),
    );
  });
});

describe("a boot's trace", () => {
  const hook = (rest: string) => ({
    ".openinspect/start.sh": `echo "$TRACEPARENT"\necho "$TRACESTATE"\n${rest}\n`,
  });

  it("has the boot below its parent, a span per phase, and links for needs; the hook gets its span's id", async () => {
    const receiver = await OtlpReceiver.start();
    const sandbox = await Sandbox.create({ agentKind: "fixture", files: hook("exit 7") });
    const boot = await sandbox.boot({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,team=a%20b",
        OTEL_SERVICE_NAME: "my-sandbox",
        TRACEPARENT: `00-${TRACE}-${PARENT}-01`,
        TRACESTATE: "vendor=1",
      },
    });
    expect((await boot.ended()).exitCode).toBe(1);
    const report = await boot.report();
    const ran = report.phases.filter(({ startMs }) => startMs !== null);

    expect(receiver.requests.map(({ path }) => path)).toEqual(["/v1/traces"]);
    const { spans } = receiver;
    const root = spans.find(({ name }) => name === "sandboot boot");
    expect(root).toMatchObject({
      traceId: TRACE,
      parentSpanId: PARENT,
      attributes: { "sandboot.mode": "repo_image", "sandboot.outcome": "failed" },
      status: { code: 2, message: expect.stringContaining("hook.start:demo: ") },
      resource: {
        "service.name": "my-sandbox",
        "deployment.environment.name": "test",
        team: "a b",
      },
    });
    const phases = spans.filter((span) => span !== root);
    expect(phases.map(({ name }) => name).sort()).toEqual(ran.map(({ id }) => id).sort());
    const byName = new Map(phases.map((span) => [span.name, span]));
    for (const { id, needs, startMs, endMs } of ran) {
      const span = byName.get(id);
      expect(span).toMatchObject({ traceId: TRACE, parentSpanId: root?.spanId });
      expect(span?.links).toEqual(needs.map((need) => byName.get(need)?.spanId));
      const tookMs = Number((span?.endNanos ?? 0n) - (span?.startNanos ?? 0n)) / 1e6;
      expect(tookMs).toBeCloseTo((endMs ?? 0) - (startMs ?? 0), 2);
      const sinceStartMs = Number(span?.startNanos) / 1e6 - Date.parse(report.startedAt);
      expect(Math.abs(sinceStartMs - (startMs ?? 0))).toBeLessThan(1);
    }
    const failed = byName.get("hook.start:demo");
    expect(failed).toMatchObject({
      attributes: { "sandboot.phase.status": "failed", "error.type": "hook-failed" },
      status: { code: 2, message: expect.stringContaining("exit code 7") },
    });
    expect(report.output["hook.start:demo"]).toEqual([
      `00-${TRACE}-${failed?.spanId}-01`,
      "vendor=1",
    ]);
    expect(byName.get("workspace.sync:demo")?.status.code).toBe(1);
    expect(byName.get("workspace.sync:demo")?.attributes["sandboot.detail.steps"]).toEqual(
      ran.find(({ id }) => id === "workspace.sync:demo")?.detail["steps"],
    );
  });

  it("of a seed is followed by a trace part for the adopt, with only the adopt's phases", async () => {
    const receiver = await OtlpReceiver.start();
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      checkout: false,
      config: { mode: "seed", repositories: [] },
      files: hook(""),
    });
    const boot = await sandbox.boot({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
    await boot.until("boot.seeded");
    const config = join(sandbox.folder, "sandboot.json");
    await execa(sandbootBin, ["adopt", "--config", config, "--repo", sandbox.origin.path]);
    boot.signal("SIGTERM");
    await boot.ended();

    const { spans } = receiver;
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    const below = (name: string) => {
      const root = spans.find((span) => span.name === name);
      return spans.flatMap((span) => (span.parentSpanId === root?.spanId ? [span.name] : []));
    };
    expect(below("sandboot boot")).toEqual([
      "stage",
      "agent.home",
      "agent.spawn",
      "agent.listening",
    ]);
    expect(below("sandboot adopt")).toEqual(
      expect.arrayContaining(["hook.start:origin", "agent.session", "bridge", "ready"]),
    );
    expect(below("sandboot adopt")).not.toContain("agent.spawn");
  });

  it("is sent as JSON when configured; without a parent it begins a new trace", async () => {
    const receiver = await OtlpReceiver.start();
    const sandbox = await Sandbox.create({ agentKind: "fixture", files: hook("exit 7") });
    const boot = await sandbox.boot({
      env: {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/mine`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      },
    });
    await boot.ended();
    expect(receiver.requests[0]).toMatchObject({
      path: "/mine",
      headers: { "content-type": "application/json" },
    });
    const root = receiver.spans.find(({ name }) => name === "sandboot boot");
    expect(root?.parentSpanId).toBe("");
    expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(1);
  });

  it("that cannot be sent is a warning, and the boot goes on", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture", files: hook("exit 7") });
    for (const [env, complaint] of [
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" }, "ECONNREFUSED"],
      [
        { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
        "there is no OTLP over grpc",
      ],
    ] as const) {
      const boot = await sandbox.boot({ env });
      const { message } = await boot.until(
        "runtime.warning",
        ({ source }) => source === "telemetry",
      );
      expect(message).toContain(complaint);
      expect((await boot.ended()).exitCode).toBe(1);
    }
  });

  it("waits for a receiver that does not answer only until the deadline", async () => {
    const receiver = await OtlpReceiver.start("hang");
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const trace = await bootTraceOf(process.env);
    if (trace === null) throw new Error("no trace");
    const report = reportOf({ phases: [{ id: "a", ran: [0, 5] }] });
    const result = await exportTrace({ report, trace, env: process.env, deadlineMs: 300 });
    expect(result.id).toBe("failed");
    expect(receiver.spans).toEqual([]);
  });

  it("is not made without an endpoint, and hooks get the trace parent unchanged", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture", files: hook("exit 7") });
    const boot = await sandbox.boot({ env: { TRACEPARENT: "as it was" } });
    await boot.ended();
    expect((await boot.report()).output["hook.start:demo"]?.[0]).toBe("as it was");
  });
});
