import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ask } from "../support/http.ts";
import { Sandbox } from "../support/sandbox.ts";
import { freePort } from "../support/scratch.ts";

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** An external bridge. Says what it was given, and passes GETs on to the agent with the credentials from its environment. */
const BRIDGE = `
const { SANDBOOT_AGENT_URL, SANDBOOT_BRIDGE_PORT, SANDBOOT_AGENT_AUTHORIZATION: authorization, ...env } = process.env;
require("node:http").createServer(async (incoming, outgoing) => {
  if (incoming.url === "/given") return outgoing.end(JSON.stringify({ url: SANDBOOT_AGENT_URL, authorization, password: env.OPENCODE_SERVER_PASSWORD, user: env.OPENCODE_SERVER_USERNAME }));
  const answer = await fetch(new URL(incoming.url, SANDBOOT_AGENT_URL), { headers: { authorization } });
  outgoing.writeHead(answer.status).end(await answer.text());
}).listen(Number(SANDBOOT_BRIDGE_PORT), "127.0.0.1");
`;

describe("C14: who may use the agent", () => {
  it("C14: OpenCode with a password of the user's is ready, and the bridge's clients need not know it", async () => {
    const sandbox = await Sandbox.create();
    const own = { OPENCODE_SERVER_PASSWORD: "open sesame", OPENCODE_SERVER_USERNAME: "ali" };
    const boot = await sandbox.boot({ env: own });
    await boot.until("boot.ready");
    const authorization = basic("someone", "else");
    // The client's credentials are the bridge's business: the agent gets ours.
    const answer = await sandbox.ask("/session", { headers: { authorization } });
    expect(answer.status).toBe(200);
    expect(answer.json()).toHaveLength(1);
    const { status } = await ask(sandbox.agentPort, "/session");
    expect(status).toBe(401);
    const headers = { authorization: basic("ali", "open sesame") };
    expect((await ask(sandbox.agentPort, "/session", { headers })).status).toBe(200);
    boot.signal("SIGTERM");
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(0);
    expect(JSON.stringify(boot.events) + stderr).not.toContain("open sesame");
  });

  it("C14: without one it gets one of ours, which the external bridge has in its environment", async () => {
    const sandbox = await Sandbox.create({
      bridge: { command: [process.execPath, "-e", ""], readiness: { http: "/given" } },
    });
    const script = join(sandbox.folder, "bridge.cjs");
    await writeFile(script, BRIDGE);
    Object.assign(sandbox.config["bridge"] as object, { command: [process.execPath, script] });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    const given = (await sandbox.ask("/given")).json() as Record<
      "url" | "authorization" | "password" | "user",
      string
    >;
    expect(given.authorization).toBe(basic("opencode", given.password));
    expect(given.user).toBe("opencode");
    expect((await sandbox.ask("/session")).status).toBe(200);
    // Neither the agent's port nor that of the bridge in between answers other users of this machine.
    for (const port of [sandbox.agentPort, Number(new URL(given.url).port)]) {
      expect((await ask(port, "/session")).status).toBe(401);
      const headers = { authorization: basic("opencode", "guessed") };
      expect((await ask(port, "/session", { headers })).status).toBe(401);
    }
    boot.signal("SIGTERM");
    const { stderr } = await boot.ended();
    expect(JSON.stringify(boot.events) + stderr).not.toContain(given.password);
  });

  it("C14: without a token no page of another site reaches the bridge or the status port", async () => {
    const statusPort = await freePort();
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      bridge: { allowedHosts: ["sandbox.example"] },
      config: { status: { port: statusPort, token: "open sesame" } },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    const status = async (port: number, headers: Record<string, string>) =>
      (await ask(port, "/livez", { headers })).status;
    for (const port of [sandbox.bridgePort, statusPort]) {
      // The name of a site whose DNS answers 127.0.0.1 to its own pages.
      expect(await status(port, { host: "evil.example" })).toBe(403);
      expect(await status(port, { origin: "https://evil.example" })).toBe(403);
      expect(await status(port, { host: `localhost:${port}` })).toBe(200);
    }
    expect(await status(sandbox.bridgePort, { host: "sandbox.example" })).toBe(200);
    const upgrade = { connection: "upgrade", upgrade: "websocket" };
    expect(await status(sandbox.bridgePort, { ...upgrade, host: "evil.example" })).toBe(403);
    const urls = (await sandbox.agentRecord()).map(({ url }) => url);
    expect(urls.filter((url) => url === "/livez")).toHaveLength(2);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });
});
