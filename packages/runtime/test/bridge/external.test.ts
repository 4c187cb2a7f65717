import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Sandbox } from "../support/sandbox.ts";

/** An external bridge. Answers with its environment, and passes GETs on to the agent. */
const BRIDGE = `
const { SANDBOOT_AGENT_URL, SANDBOOT_AGENT_DIRECTORY, SANDBOOT_BRIDGE_PORT, SANDBOX_AUTH_TOKEN } = process.env;
const server = require("node:http").createServer(async (incoming, outgoing) => {
  if (incoming.url === "/given") return outgoing.end(JSON.stringify({ SANDBOOT_AGENT_DIRECTORY, SANDBOX_AUTH_TOKEN }));
  try {
    const answer = await fetch(new URL(incoming.url, SANDBOOT_AGENT_URL));
    outgoing.writeHead(answer.status).end(await answer.text());
  } catch (error) {
    outgoing.writeHead(599).end(String(error.cause ?? error));
  }
});
server.listen(Number(SANDBOOT_BRIDGE_PORT), "127.0.0.1");
`;

describe("C3: an external bridge", () => {
  it("C3: starts last, reaches the agent, and its requests are held while the agent restarts", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      bridge: {
        command: [process.execPath, "bridge.cjs"],
        readiness: { http: "/given" },
        token: "open sesame",
      },
    });
    await writeFile(join(sandbox.folder, "bridge.cjs"), BRIDGE);
    Object.assign(sandbox.config["bridge"] as object, {
      command: [process.execPath, join(sandbox.folder, "bridge.cjs")],
    });
    const boot = await sandbox.boot();
    const { urls } = await boot.until("boot.ready");
    expect(urls["bridge"]).toBe(`http://127.0.0.1:${sandbox.bridgePort}`);
    expect(JSON.parse((await sandbox.ask("/given")).body)).toEqual({
      SANDBOOT_AGENT_DIRECTORY: sandbox.repository,
      SANDBOX_AUTH_TOKEN: "open sesame",
    });
    expect((await sandbox.ask("/global/health")).status).toBe(200);
    const session = boot.position("phase.ended", ({ id }) => id === "agent.session");
    const started = boot.position(
      "process.changed",
      ({ process }) => process.id === "bridge" && process.status.id === "starting",
    );
    expect(started).toBeGreaterThan(session);

    const agent = boot.events.findLast((event) => event.type === "agent.changed");
    if (agent?.type !== "agent.changed") throw new Error("unreachable");
    process.kill(agent.agent.pid ?? 0, "SIGKILL");
    await boot.until("bridge.changed", ({ bridge }) => bridge.gate === "holding");
    expect((await sandbox.ask("/global/health")).status).toBe(200);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    // It was started last, so it is stopped first. The restart of the agent does not change this order.
    const stopped = boot.events.flatMap((event) =>
      event.type === "process.changed" && event.process.status.id === "stopped"
        ? [event.process.id]
        : [],
    );
    expect(stopped).toEqual(["bridge", "agent"]);
  });

  it("that does not start ends the boot, and its output is shown", async () => {
    const command = ["bash", "-c", "echo there is no control plane >&2; exit 5"];
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      bridge: { command, readiness: { tcp: true } },
    });
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("bridge ended with exit code 5 before it was ready");
    expect(stderr).toContain("there is no control plane");
    expect((await boot.report()).fatal).toMatchObject({ phase: "bridge" });
  });
});
