import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type RuntimeEvent,
  type RuntimeState,
  runtimeEventSchema,
} from "../../../src/protocol/index.ts";
import { Gate } from "../../support/gate.ts";
import { ask, SseReader } from "../../support/http.ts";
import { Sandbox } from "../../support/sandbox.ts";
import { freePort } from "../../support/scratch.ts";

/** A hook that calls the API and then waits at the gate. */
const startSh = (gate: Gate) => `#!/bin/bash
echo "state: $(curl --silent --unix-socket "$SANDBOOT_SOCKET" http://sandbox/v1/state | head -c 20)"
${gate.wait}
`;

describe("the status API of a boot", () => {
  it("streams its events from the first one, gives its state, and can end it", async () => {
    const statusPort = await freePort();
    const gate = await Gate.create();
    const sandbox = await Sandbox.create({
      files: { ".openinspect/start.sh": { text: startSh(gate), mode: 0o755 } },
      config: { status: { port: statusPort } },
      bridge: { token: "open sesame" },
    });
    const boot = await sandbox.boot();
    const { socket } = sandbox;
    await boot.until("boot.started");
    const reader = await SseReader.open(socket, "/v1/events");
    await boot.until("phase.output", ({ line }) => line.startsWith('state: {"schemaVersion":1'));

    expect((await ask(socket, "/startupz")).status).toBe(503);
    expect((await ask(statusPort, "/v1/state")).status).toBe(401);
    await gate.open();
    await boot.until("boot.ready");
    expect((await ask(socket, "/readyz")).status).toBe(200);
    const headers = { authorization: "Bearer open sesame" };
    const state = (await ask(statusPort, "/v1/state", { headers })).json() as RuntimeState;
    expect(state).toMatchObject({ status: "ready", pid: boot.pid });
    const agent = (await ask(socket, "/v1/processes/agent/logs")).body;
    expect(agent).toContain("opencode server listening");
    expect((await ask(socket, "/v1/report")).json()).toMatchObject({ outcome: "ready" });

    const metrics = (await ask(socket, "/metrics")).body;
    expect(metrics).toContain(
      'sandboot_phase_duration_seconds_count{phase="agent.session",status="done"}',
    );

    const second = await sandbox.boot();
    const refused = await second.ended();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`another runtime (pid ${boot.pid}) answers on ${socket}`);
    expect((await ask(socket, "/readyz")).status).toBe(200);

    await ask(socket, "/v1/shutdown", { method: "POST" });
    expect((await boot.ended()).exitCode).toBe(0);
    await reader.closed();
    const events: RuntimeEvent[] = reader.messages.map(({ data }) => JSON.parse(data));
    expect(events.map((event) => runtimeEventSchema.parse(event))).toEqual(boot.events);
    expect(events.at(-1)).toMatchObject({ type: "shutdown.ended", exitCode: 0 });
    const logged = await readFile(join(sandbox.folder, "state", "events.jsonl"), "utf8");
    expect(
      logged
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(events);
  });

  it.each(["stateDir", "workspace"])("does not start without its %s", async (key) => {
    const sandbox = await Sandbox.create({ checkout: false, config: { [key]: "origin.git/HEAD" } });
    const refused = await (await sandbox.boot()).ended();
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(
      `${key}: expected a folder that exists or can be created, and can be written to, found ${join(sandbox.folder, "origin.git/HEAD")}: a file is in the folder's place`,
    );
    expect(refused.stderr).not.toContain("    at ");
    expect(sandbox.left()).toEqual([]);
  });

  it("replaces the socket of a runtime that was killed", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture" });
    const { socket } = sandbox;
    const first = await sandbox.boot();
    await first.until("boot.started");
    first.signal("SIGKILL");
    await first.ended();
    // A killed runtime cannot end what it had started.
    await sandbox.killAll();
    await expect(ask(socket, "/livez")).rejects.toThrow("ECONNREFUSED");
    const second = await sandbox.boot();
    await second.until("boot.started");
    expect((await ask(socket, "/livez")).status).toBe(200);
    second.signal("SIGTERM");
    await second.ended();
  });

  it("has the port that the agent of a killed runtime still held", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture" });
    const first = await sandbox.boot();
    await first.until("boot.ready");
    first.signal("SIGKILL");
    await first.ended();
    const second = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await second.ended()).exitCode).toBe(0);
    const started = (await sandbox.agentRecord()).flatMap((line) => line.started ?? []);
    expect(new Set(started.map(({ pid }) => pid)).size).toBe(2);
  });
});
