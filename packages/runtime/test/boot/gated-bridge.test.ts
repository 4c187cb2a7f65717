import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { processClock } from "../../src/base/clock.ts";
import type { DoorTo } from "../../src/boot/gated-bridge.ts";
import { GatedBridge } from "../../src/boot/gated-bridge.ts";
import { loadConfig } from "../../src/config/load.ts";
import { EventBus } from "../../src/observe/events/bus.ts";
import { NO_GRACE } from "../../src/process/grace.ts";
import { ask } from "../support/http.ts";
import { freePort, scratchFolder } from "../support/scratch.ts";
import { serve } from "../support/serve.ts";

const PASSWORD = { authorization: "Basic secret" };

/** The door that a bridge of the config's gets, in front of an agent that tells whether it was given its password. */
async function doorWith(agentAccess: "password" | "open"): Promise<number> {
  const port = await freePort();
  const agent = createServer(({ headers }, response) => {
    response.end(String(headers.authorization === PASSWORD.authorization));
  });
  await serve(agent, port);
  const config = await loadConfig({ cwd: await scratchFolder(), env: {} });
  const bridge = { ...config.bridge, command: ["theirs"], agentAccess };
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  const upstream = { host: "127.0.0.1", port };
  const to: DoorTo = { id: null, title: null, upstream, access: PASSWORD, onChange: () => {} };
  const door = new GatedBridge(() => ({ ...config, bridge }), bus, to, []);
  await door.listen();
  onTestFinished(() => door.close(NO_GRACE));
  door.main.open();
  return Number(new URL(door.url).port);
}

describe("the door to the agent of a bridge of the config's", () => {
  it("C14: asks for the agent's password", async () => {
    const port = await doorWith("password");
    expect((await ask(port, "/")).status).toBe(401);
    expect(await ask(port, "/", { headers: PASSWORD })).toMatchObject({
      status: 200,
      body: "true",
    });
  });

  it("C14: open, lets in every program of the machine and no page of another site; the agent still gets its password", async () => {
    const port = await doorWith("open");
    expect(await ask(port, "/")).toMatchObject({ status: 200, body: "true" });
    const page = { origin: "https://evil.example" };
    expect((await ask(port, "/", { headers: page })).status).toBe(403);
  });
});
