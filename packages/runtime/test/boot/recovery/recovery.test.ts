import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RuntimeState } from "../../../src/protocol/index.ts";
import { ask } from "../../support/http.ts";
import type { RunningSandboot } from "../../support/sandboot.ts";
import { Sandbox } from "../../support/sandbox.ts";

const SIDECAR = { id: "editor", command: ["sleep", "1000"], restart: { when: "never" } };
const START = ".openinspect/start.sh";
const HOOK = "hook.start:demo";

/** A sandbox whose start.sh fails, with a sidecar that a person could use. */
async function failing(config: Record<string, unknown> = {}): Promise<Sandbox> {
  return await Sandbox.create({
    agentKind: "fixture",
    agent: { start: "speculative" },
    files: { [START]: "echo no database; exit 3\n" },
    config: { onFailure: "recover", sidecars: [SIDECAR], ...config },
  });
}

async function recovering(sandbox: Sandbox): Promise<RunningSandboot> {
  const boot = await sandbox.boot();
  await boot.until("recovery.started");
  await expect.poll(async () => (await retry(sandbox, { from: "no-such-phase" })).status).toBe(400);
  return boot;
}

const retry = (sandbox: Sandbox, body: object = {}) =>
  ask(sandbox.socket, "/v1/retry", { method: "POST", body: JSON.stringify(body) });

async function stateOf(sandbox: Sandbox): Promise<RuntimeState> {
  return (await ask(sandbox.socket, "/v1/state")).json() as RuntimeState;
}

async function statusOf(sandbox: Sandbox, path: string): Promise<number> {
  return (await ask(sandbox.socket, path)).status;
}

const processOf = ({ processes }: RuntimeState, wanted: string) =>
  processes.find(({ id }) => id === wanted)?.status.id;

describe("a boot that fails where somebody can mend it", () => {
  it("keeps the sidecars, ends the agent, refuses prompts with the cause, and is ready after the retry", async () => {
    const sandbox = await failing();
    const boot = await recovering(sandbox);

    const state = await stateOf(sandbox);
    expect(state).toMatchObject({
      status: "recovering",
      present: { id: "recovering", because: [{ part: "phase", id: HOOK }] },
      fatal: { phase: HOOK, failure: { code: "hook-failed" } },
    });
    await expect.poll(async () => processOf(await stateOf(sandbox), "editor")).toBe("running");
    expect(processOf(state, "agent")).toBe("stopped");
    const probes = ["/livez", "/startupz", "/readyz"].map((path) => statusOf(sandbox, path));
    expect(await Promise.all(probes)).toEqual([200, 200, 503]);
    const refused = await sandbox.ask("/session", { method: "POST", body: {} });
    expect(refused.status).toBe(503);
    expect(refused.body).toContain("ended with exit code 3");

    await writeFile(join(sandbox.repository, START), "echo mended\n");
    const answer = await retry(sandbox);
    expect(answer.status).toBe(202);
    const { from, phases } = answer.json() as { from: string; phases: string[] };
    expect(from).toBe(HOOK);
    expect(phases).toContain("agent.spawn");
    expect(phases).not.toContain("workspace.sync:demo");
    expect(phases).not.toContain("sidecar.editor");
    await boot.until("boot.ready");

    const again = await stateOf(sandbox);
    expect(again).toMatchObject({
      status: "ready",
      fatal: null,
      attempts: [
        { number: 1, from: null, failed: { phase: HOOK, failure: { code: "hook-failed" } } },
        { number: 2, from: HOOK, failed: null },
      ],
    });
    expect(again.output[HOOK]).toEqual(["mended"]);
    expect((await sandbox.ask("/session", { method: "POST", body: {} })).status).toBe(200);
    expect((await retry(sandbox)).status).toBe(409);

    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect((await boot.report()).attempts).toHaveLength(2);
    expect(sandbox.left()).toEqual([]);
  });

  it("can fail again, and says at its end that it had failed", async () => {
    const sandbox = await failing();
    const boot = await recovering(sandbox);
    expect((await retry(sandbox)).status).toBe(202);
    await expect
      .poll(async () => (await stateOf(sandbox)).attempts?.at(-1)?.failed?.phase)
      .toBe(HOOK);
    await expect.poll(async () => (await stateOf(sandbox)).status).toBe("recovering");
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(1);
    expect(await boot.report()).toMatchObject({ outcome: "failed", fatal: { phase: HOOK } });
    expect(sandbox.left()).toEqual([]);
  });

  it("ends in good order while a retry runs, and still says that it had failed", async () => {
    const sandbox = await failing();
    const boot = await recovering(sandbox);
    await writeFile(join(sandbox.repository, START), "echo waiting; sleep 1000\n");
    expect((await retry(sandbox)).status).toBe(202);
    await boot.until("phase.output", ({ line }) => line === "waiting");
    expect((await retry(sandbox)).json()).toMatchObject({ error: { code: "retrying" } });
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(1);
    expect(sandbox.left()).toEqual([]);
  });

  it("runs again what ended well when its script has changed since", async () => {
    const sandbox = await failing({ mode: "fresh" });
    const setup = join(sandbox.repository, ".openinspect/setup.sh");
    const boot = await recovering(sandbox);
    await writeFile(setup, "touch ../set-up\n");
    await writeFile(join(sandbox.repository, START), "test -e ../set-up\n");
    const { phases } = (await retry(sandbox)).json() as { phases: string[] };
    expect(phases).toContain("hook.setup:demo");
    await boot.until("boot.ready");
    await rm(setup);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it.each([
    ["nobody could look", { onFailure: undefined }, []],
    ["the configuration says so", { onFailure: "exit", controlPlane: {} }, []],
    ["somebody waits for the exit code", {}, ["--until", "ready"]],
    ["an image is built", { mode: "build", stage: undefined }, []],
  ])("ends at once where %s", async (_, config, args) => {
    const sandbox = await failing(config);
    await writeFile(join(sandbox.repository, ".openinspect/setup.sh"), "exit 3\n");
    const boot = await sandbox.boot({ args });
    expect((await boot.ended()).exitCode).toBe(1);
    expect(boot.position("recovery.started", () => true)).toBe(-1);
  });
});
