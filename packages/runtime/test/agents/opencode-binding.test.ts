import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ANSWER, startModelServer } from "../../../../test/support/model-server/model-server.ts";
import { openCodeConfigFor } from "../../../../test/support/model-server/opencode-config.ts";
import { adoptBy, createSeed } from "../support/seed.ts";

describe("OpenCode in a seed", () => {
  it("gets its model, key and session by a binding, keeps running, and answers a prompt", async () => {
    await using model = await startModelServer();
    const { provider } = openCodeConfigFor(model, "{env:KEY_OF_THE_SEED}");
    const { apiKey: _, ...options } = provider["stand-in"].options;
    const sandbox = await createSeed({
      agentKind: "opencode",
      agent: { config: { username: "seed", model: "nobody/nothing" } },
      // What the workspace says comes before what the tenant says.
      files: { "opencode.json": JSON.stringify({ model: "repo/own", share: "disabled" }) },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const { pid } = (await boot.until("agent.changed", ({ agent }) => agent.pid !== null)).agent;
    const decoy = await boot.until("phase.ended", ({ id }) => id === "agent.warm:decoy");
    expect(decoy).toMatchObject({ status: "done", detail: {} });

    const answer = await adoptBy(sandbox.socket, {
      version: 1,
      id: "claim-7",
      repositories: [{ name: "demo", url: sandbox.origin.path, branch: "main" }],
      session: { provider: "stand-in", model: "words" },
      agent: {
        config: { provider: { "stand-in": { ...provider["stand-in"], options } } },
        auth: { "stand-in": { type: "api", key: "key-of-the-tenant" } },
      },
      tokens: { bridge: "bridge-of-the-tenant" },
    });
    expect(answer).toMatchObject({ status: 200, bindingId: "claim-7" });
    const { agent } = await boot.until("agent.changed", (event) => event.agent.sessionId !== null);
    const answered = await sandbox.ask(`/session/${agent.sessionId}/message`, {
      method: "POST",
      body: { parts: [{ type: "text", text: "Hello?" }] },
      headers: { authorization: "Bearer bridge-of-the-tenant" },
    });
    expect(answered.body).toContain(ANSWER.join(""));
    expect(model.requests[0]?.headers["authorization"]).toBe("Bearer key-of-the-tenant");
    const config = JSON.parse((await sandbox.askAgent("/config")).body);
    expect(config).toMatchObject({ username: "seed", model: "stand-in/words", share: "disabled" });

    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    const report = await boot.report();
    expect(report.agent).toMatchObject({ pid, restarts: [] });
    const said = JSON.stringify([boot.events, report]);
    const log = await readFile(join(sandbox.folder, "state/events.jsonl"), "utf8");
    for (const secret of ["key-of-the-tenant", "bridge-of-the-tenant"]) {
      expect(said).not.toContain(secret);
      expect(log).not.toContain(secret);
    }
  });
});
