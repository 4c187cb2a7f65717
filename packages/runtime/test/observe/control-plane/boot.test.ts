import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeControlPlane } from "../../fixtures/control-plane.ts";
import { Gate } from "../../support/gate.ts";
import { Sandbox } from "../../support/sandbox.ts";

describe("a boot with a control plane", () => {
  it("that is down keeps its messages, also over kill -9, and the next boot sends them first", async () => {
    const plane = await FakeControlPlane.create();
    // An image build, which is a whole boot without an agent. Its setup.sh waits at the gate.
    const gate = await Gate.create();
    const sandbox = await Sandbox.create({
      files: { ".openinspect/setup.sh": gate.wait },
      // Long enough to send everything at the end.
      config: { mode: "build", controlPlane: { flushSeconds: 60 } },
    });
    const env = {
      CONTROL_PLANE_URL: plane.url,
      SANDBOX_ID: "box-7",
      SANDBOX_AUTH_TOKEN: "open sesame",
    };
    const killed = await sandbox.boot({ env });
    const { at } = await killed.until("boot.started");
    const outbox = join(sandbox.folder, "state", "outbox");
    await expect.poll(() => readdir(outbox).catch(() => [])).toEqual(["000000000001.json"]);
    killed.signal("SIGKILL");
    await killed.ended();
    await sandbox.killAll();

    await plane.up();
    await gate.open();
    const next = await sandbox.boot({ env });
    expect(await next.ended()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(plane.taken[0]?.body).toMatchObject({ event: "boot.started", at });
    expect(
      plane.taken.slice(1).map(({ path, body }) => [path, body["event"] ?? body["outcome"]]),
    ).toEqual([
      ["/base/sandbox/box-7/state", "boot.started"],
      ["/base/sandbox/box-7/state", "shutdown.started"],
      ["/base/sandbox/box-7/report", "built"],
      ["/base/sandbox/box-7/state", "shutdown.ended"],
    ]);
    expect(plane.taken.every(({ authorization }) => authorization === "Bearer open sesame")).toBe(
      true,
    );
    expect(JSON.stringify(plane.taken.map(({ body }) => body))).not.toContain("open sesame");
    expect(await readdir(outbox)).toEqual([]);
  });

  it("but without a sandbox id warns once and sends nothing", async () => {
    const plane = await FakeControlPlane.create();
    await plane.up();
    const sandbox = await Sandbox.create({ agentKind: "fixture" });
    const boot = await sandbox.boot({
      args: ["--until", "ready"],
      env: { CONTROL_PLANE_URL: plane.url },
    });
    expect(await boot.ended()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(boot.events.filter(({ type }) => type === "runtime.warning")).toMatchObject([
      {
        source: "config",
        code: "sandbox-unnamed",
        message: expect.stringContaining("set SANDBOX_ID"),
      },
    ]);
    expect((await boot.report()).warnings).toMatchObject([{ code: "sandbox-unnamed" }]);
    expect(plane.taken).toEqual([]);
  });
});
