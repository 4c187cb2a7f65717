import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Gate } from "../support/gate.ts";
import type { Files } from "../support/git.ts";
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

/** Boots with a bridge of this source and with these keys in `bridge`. */
async function bootWith(source: string, bridge: object, files: Files = {}) {
  const sandbox = await Sandbox.create({ agentKind: "fixture", files });
  const program = join(sandbox.folder, "bridge.cjs");
  await writeFile(program, source);
  Object.assign(sandbox.config["bridge"] as object, {
    command: [process.execPath, program, "{agentPort}"],
    ...bridge,
  });
  return { sandbox, boot: await sandbox.boot() };
}

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

  it("C3: that starts first may tell of the boot, and its prompts wait until the agent has the workspace", async () => {
    const gate = await Gate.create();
    const { boot, sandbox } = await bootWith(
      `fetch("http://127.0.0.1:" + process.argv[2] + "/early", { method: "POST" })
         .then(({ status }) => console.log("answered", status));
       console.log("started");
       process.once("SIGUSR2", () => process.exit(0));
       setInterval(() => {}, 1000);`,
      { start: "first", agentAccess: "open", exit: { end: [0] } },
      { ".openinspect/start.sh": gate.wait },
    );
    await boot.until("phase.started", ({ id }) => id === "hook.start:demo");
    const { process: bridge } = await boot.until(
      "process.changed",
      ({ process }) => process.id === "bridge" && process.status.id === "running",
    );
    // The request is at the gate, or on its way there.
    expect((await sandbox.agentRecord()).filter(({ url }) => url === "/early")).toEqual([]);
    expect(boot.position("boot.ready")).toBe(-1);
    await gate.open();
    const { urls } = await boot.until("boot.ready");
    expect(urls).not.toHaveProperty("bridge");
    expect(bridge).toMatchObject({ port: null, url: null });
    await expect
      .poll(async () => (await sandbox.agentRecord()).some(({ url }) => url === "/early"))
      .toBe(true);
    const order = ["hook.start:demo", "agent.session", "bridge"];
    const ends = order.map((id) => boot.position("phase.ended", (event) => event.id === id));
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    process.kill(bridge.status.id === "running" ? bridge.status.pid : 0, "SIGUSR2");
    expect(await boot.ended()).toEqual({ exitCode: 0, stderr: "" });
    expect(await boot.until("shutdown.started")).toMatchObject({ reason: "the bridge has ended" });
  });

  it("that ends while the sandbox boots, with a code that ends the sandbox: exit code 0", async () => {
    const files = { ".openinspect/start.sh": "sleep 1000\n" };
    const { boot } = await bootWith("", { start: "first", exit: { end: [0] } }, files);
    expect((await boot.ended()).exitCode).toBe(0);
    expect((await boot.report()).outcome).toBe("cancelled");
  });

  it("that ends with a code that no restart would mend: given up at once, and the sandbox has failed", async () => {
    const exit = { giveUp: [78], whenGivenUp: "end" };
    const { boot } = await bootWith(
      'console.log("the harness is lost"); setTimeout(() => process.exit(78), 100)',
      { exit },
    );
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("ended with exit code 78, after which it is not restarted");
    expect(stderr).toContain("the harness is lost");
    expect(boot.events.filter(({ type }) => type === "boot.failed")).toMatchObject([
      { phase: "bridge", failure: { code: "process-exited" } },
    ]);
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
