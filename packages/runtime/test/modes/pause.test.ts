import { open } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import type { FreezeAnswer, RuntimeState, ThawAnswer } from "../../src/protocol/index.ts";
import { FakeControlPlane } from "../fixtures/control-plane.ts";
import { withEnoughTime } from "../support/enough-time.ts";
import { ask } from "../support/http.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import { Sandbox } from "../support/sandbox.ts";
import { adoptBy, createSeed, promptStatus } from "../support/seed.ts";

async function post(sandbox: Sandbox, path: string, body: object = {}) {
  const answer = await ask(sandbox.socket, path, { method: "POST", body: JSON.stringify(body) });
  return { status: answer.status, ...(answer.json() as FreezeAnswer & ThawAnswer & object) };
}

async function stateOf(sandbox: Sandbox): Promise<RuntimeState> {
  return (await ask(sandbox.socket, "/v1/state")).json() as RuntimeState;
}

async function end(boot: RunningSandboot): Promise<void> {
  boot.signal("SIGTERM");
  expect((await boot.ended()).exitCode).toBe(0);
}

/** Stops every process of a sandbox, as a frozen container does, and lets them go on. */
async function stopFor(sandbox: Sandbox, ms: number): Promise<void> {
  const pids = sandbox.left().map(({ pid }) => pid);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, ms));
  for (const pid of pids) process.kill(pid, "SIGCONT");
}

describe("freeze and thaw", () => {
  it("refuse prompts meanwhile, name what has not ended, and tell the control plane", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: { sandboxId: "box-1", controlPlane: { url: plane.url, token: "t" } },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    const held = sandbox.ask("/hold", { method: "POST", body: {} });
    await expect
      .poll(() => sandbox.agentRecord())
      .toContainEqual(expect.objectContaining({ url: "/hold" }));
    const frozen = await post(sandbox, "/v1/freeze", { waitSeconds: 0.3 });
    expect(frozen).toEqual({
      status: 200,
      frozen: true,
      unfinished: { prompts: 1, phases: [] },
      undelivered: 0,
      synced: true,
    });
    expect(await post(sandbox, "/v1/freeze")).toEqual(frozen);
    expect(plane.taken.map(({ body }) => [body["event"], body["present"]])).toContainEqual([
      "runtime.frozen",
      "frozen",
    ]);
    expect(await promptStatus(sandbox)).toBe(503);
    expect((await ask(sandbox.socket, "/readyz")).status).toBe(503);
    // An agent that is restarted meanwhile lets nobody in.
    await ask(sandbox.socket, "/v1/processes/agent/restart", { method: "POST" });
    await expect(held).resolves.toMatchObject({ status: 502 });
    await boot.until("agent.changed", ({ agent }) => agent.restarts.length === 1);
    expect(await stateOf(sandbox)).toMatchObject({ present: { id: "frozen" } });
    expect(await promptStatus(sandbox)).toBe(503);

    expect(await post(sandbox, "/v1/thaw")).toMatchObject({ status: 200, lost: [] });
    expect(await promptStatus(sandbox)).toBe(200);
    expect(await stateOf(sandbox)).toMatchObject({ frozen: null, present: { id: "warm" } });
    await plane.until(() => plane.taken.some(({ body }) => body["event"] === "runtime.resumed"));
    await end(boot);
  });

  it("bind a seed with the thaw, and admit no other binding before", async () => {
    const sandbox = await createSeed();
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    expect(await post(sandbox, "/v1/freeze")).toMatchObject({ unfinished: { prompts: 0 } });
    const binding = { id: "claim-7", repositories: [{ name: "demo", url: sandbox.origin.path }] };
    expect(await adoptBy(sandbox.socket, binding)).toMatchObject({
      status: 409,
      error: { code: "frozen" },
    });
    const thawed = await post(sandbox, "/v1/thaw", { binding });
    expect(thawed).toMatchObject({ status: 200, adopted: { bindingId: "claim-7" } });
    expect(await promptStatus(sandbox)).toBe(200);
    await end(boot);
  });
});

describe("a pause that nobody announced", () => {
  it("costs no hook its time, and is told", async () => {
    const boot = await withEnoughTime(bootWithPause, { leastSeconds: 4 });
    const { gapMs, noticedBy, lost } = await boot.until("runtime.resumed");
    expect({ noticedBy, lost }).toEqual({ noticedBy: "late-timer", lost: [] });
    expect(gapMs).toBeGreaterThan(2_000);
    await end(boot);
  });

  /** @returns the boot that is ready; null when the hook had too little time beside the pause, which is longer than its limit */
  async function bootWithPause(startSeconds: number): Promise<RunningSandboot | null> {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: { ".openinspect/start.sh": "echo begun; read -r < pipe\n" },
      hooks: { startSeconds },
    });
    const path = join(sandbox.repository, "pipe");
    await execa("mkfifo", [path]);
    // With both ends open, nobody waits for a hook that has been ended.
    await using pipe = await open(path, "r+");
    const boot = await sandbox.boot();
    const isThere = (event: Promise<unknown>) =>
      event.then(
        () => true,
        () => false,
      );
    if (!(await isThere(boot.until("phase.output", ({ line }) => line === "begun")))) return null;
    await stopFor(sandbox, startSeconds * 1_000 + 200);
    await pipe.write("\n");
    return (await isThere(boot.until("boot.ready"))) ? boot : null;
  }
});
