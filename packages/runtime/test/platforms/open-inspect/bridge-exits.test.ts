import { describe, expect, it } from "vitest";
import { bootOpenInspect as boot, hook } from "../../support/open-inspect.ts";

/** As often as there, without its pauses. */
const restart = {
  when: "always",
  max: 5,
  windowSeconds: 86_400,
  backoffSeconds: 0.01,
  maxBackoffSeconds: 0.01,
};
const crash = { type: "exit", code: 1 };

describe("the agent of an Open-Inspect sandbox", () => {
  it("that is given up is fatal: the control plane starts another sandbox", async () => {
    const { plane, boot: running, heard } = await boot({ agent: { restart: "never" } });
    await running.until("boot.ready");
    await heard("ready");
    const { agent } = await running.until("agent.changed", (event) => event.agent.pid !== null);
    process.kill(agent.pid ?? 0, "SIGKILL");
    expect((await running.ended()).exitCode).toBe(1);
    expect(plane.posts).toMatchObject([
      { path: "/sandbox/sb-1/error", body: { fatal: true, phase: "agent" } },
    ]);
  });
});

describe("the bridge of an Open-Inspect sandbox", () => {
  it("that crashes is back five times, and its prompts are answered; the sixth crash is fatal", async () => {
    const { plane, boot: running, heard } = await boot({ bridge: { restart } });
    await running.until("boot.ready");
    await heard("ready");
    plane.send(crash);
    await heard("ready", 2);
    plane.send({ type: "prompt", messageId: "message-1" });
    expect(await heard("execution_complete")).toMatchObject({ success: true });
    for (let ready = 2; ready <= 6; ready++) {
      await heard("ready", ready);
      plane.send(crash);
    }
    expect((await running.ended()).exitCode).toBe(1);
    const ready = { type: "ready" };
    expect(plane.heard).toMatchObject([
      ...[ready, ready, { type: "execution_complete" }, ready, ready, ready, ready],
      { path: "/sandbox/sb-1/error", body: { fatal: true } },
    ]);
  });

  it("that ends during the boot ends the sandbox with 0, and the hook with it", async () => {
    const {
      plane,
      boot: running,
      heard,
    } = await boot({
      web: hook("start", "sleep 1000"),
      session: { bridge_early_connect: true },
    });
    await heard("boot_progress");
    await running.until("phase.started", ({ id }) => id === "hook.start:web");
    plane.shutDown();
    expect((await running.ended()).exitCode).toBe(0);
    expect((await running.report()).outcome).toBe("cancelled");
    expect(plane.types).not.toContain("ready");
    expect(plane.posts).toEqual([]);
  });
});
