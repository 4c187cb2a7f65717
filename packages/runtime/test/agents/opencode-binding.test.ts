import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import {
  ANSWER,
  type ModelServer,
  startModelServer,
} from "../../../../test/support/model-server/model-server.ts";
import { openCodeConfigFor } from "../../../../test/support/model-server/opencode-config.ts";
import { publish } from "../support/kubelet.ts";
import { type RunningSandboot, sandbootBin } from "../support/sandboot.ts";
import { Sandbox } from "../support/sandbox.ts";
import { freePort } from "../support/scratch.ts";
import { searchFiles } from "../support/search.ts";
import { adoptBy, createSeed } from "../support/seed.ts";

const KEY = "key-of-the-tenant";
const TOKEN = "bridge-of-the-tenant";
const POOL = "token-of-the-pool";

/** The configuration of the tenant's model, without its key. */
function providerOf(model: ModelServer) {
  const { provider } = openCodeConfigFor(model);
  const { apiKey: _, ...options } = provider["stand-in"].options;
  return { provider: { "stand-in": { ...provider["stand-in"], options } } };
}

function bindingOf(sandbox: Sandbox, model: ModelServer) {
  return {
    version: 1,
    id: "claim-7",
    repositories: [{ name: "demo", url: sandbox.origin.path, branch: "main" }],
    session: { provider: "stand-in", model: "words" },
    agent: { config: providerOf(model), auth: { "stand-in": { type: "api", key: KEY } } },
    tokens: { bridge: TOKEN },
  };
}

type Binding = ReturnType<typeof bindingOf>;

/** Sends a prompt into the session of the sandbox. The tenant's model answers it, with the tenant's key. */
async function expectAnswer(sandbox: Sandbox, boot: RunningSandboot, model: ModelServer) {
  const { agent } = await boot.until("agent.changed", (event) => event.agent.sessionId !== null);
  const answered = await sandbox.ask(`/session/${agent.sessionId}/message`, {
    method: "POST",
    body: { parts: [{ type: "text", text: "Hello?" }] },
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(answered.body).toContain(ANSWER.join(""));
  expect(model.requests[0]?.headers["authorization"]).toBe(`Bearer ${KEY}`);
  return agent.sessionId;
}

/** Two of the ways in; a command in the container and the environment come below. */
const ways: Readonly<Record<string, (sandbox: Sandbox, binding: Binding) => Promise<void>>> = {
  "the API on its port": async ({ config }, binding) => {
    const { port } = config["status"] as { port: number };
    expect(await adoptBy(port, binding, POOL)).toMatchObject({ status: 200, bindingId: "claim-7" });
  },
  "a file that kubelet publishes": async ({ folder }, binding) => {
    const annotation = JSON.stringify(JSON.stringify(binding));
    const text = `kubernetes.io/config.source="api"\nsandboot.dev/binding=${annotation}\n`;
    await publish(join(folder, "pod"), "binding", 1, text);
  },
};

describe("OpenCode in a seed", () => {
  it.each(Object.keys(ways))("keeps running and answers a prompt, bound by %s", async (name) => {
    await using model = await startModelServer();
    const sandbox = await createSeed({
      agentKind: "opencode",
      agent: {
        config: { username: "seed", model: "nobody/nothing" },
        warm: { process: "auto" },
      },
      config: {
        status: { port: await freePort() },
        binding: { enrolmentToken: POOL, file: "pod/binding" },
      },
      // What the workspace says comes before what the tenant says.
      files: { "opencode.json": JSON.stringify({ model: "repo/own", share: "disabled" }) },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const { pid } = (await boot.until("agent.changed", ({ agent }) => agent.pid !== null)).agent;
    const decoy = await boot.until("phase.ended", ({ id }) => id === "agent.warm:decoy");
    expect(decoy).toMatchObject({ status: "done", detail: {} });

    await ways[name]?.(sandbox, bindingOf(sandbox, model));
    await boot.until("boot.ready");
    await expectAnswer(sandbox, boot, model);

    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    const report = await boot.report();
    expect(report.agent).toMatchObject({ pid, restarts: [] });
    expect(report.warnings).toEqual([]);
    const log = await readFile(join(sandbox.folder, "state/events.jsonl"), "utf8");
    const said = JSON.stringify([boot.events, report]) + log;
    for (const secret of [KEY, TOKEN, POOL]) expect(said).not.toContain(secret);
  });
});

describe("OpenCode in a seed, given variables", () => {
  it("keeps running: its keys and what it starts have them, and a failed binding leaves none", async () => {
    await using model = await startModelServer();
    const sandbox = await createSeed({
      agentKind: "opencode",
      agent: { config: { small_model: "stand-in/words" } },
      files: { ".openinspect/start.sh": 'test "$TENANT" = acme\n' },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const { pid } = (await boot.until("agent.changed", ({ agent }) => agent.pid !== null)).agent;
    const { provider } = providerOf(model);
    const withEnv = { ...provider["stand-in"], env: ["KEY_OF_THE_MODEL"] };
    const bindingFor = (tenant: string) => ({
      repositories: [{ name: "demo", url: sandbox.origin.path, branch: "main" }],
      session: { provider: "stand-in", model: "words" },
      agent: { config: { provider: { "stand-in": withEnv } } },
      env: { TENANT: tenant, KEY_OF_THE_MODEL: KEY },
      tokens: { bridge: TOKEN },
    });
    expect((await adoptBy(sandbox.socket, bindingFor("other"))).status).toBe(422);
    expect(await searchFiles(join(sandbox.folder, "state"), [KEY, TOKEN])).toEqual([]);
    // A command in the container, as by an exec with stdin.
    const args = ["adopt", "--socket", sandbox.socket, "--binding", "-"];
    await execa(sandbootBin, args, { input: JSON.stringify(bindingFor("acme")) });
    const sessionId = await expectAnswer(sandbox, boot, model);
    const shell = await sandbox.ask(`/session/${sessionId}/shell`, {
      method: "POST",
      body: { agent: "build", command: 'echo "of $TENANT"' },
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(shell.body).toContain("of acme");
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect((await boot.report()).agent).toMatchObject({ pid, restarts: [] });
  });
});

describe("OpenCode of an ordinary boot", () => {
  it("answers the same prompt, bound by file and environment", async () => {
    await using model = await startModelServer();
    const auth = { "stand-in": { type: "api", key: "{env:KEY_OF_THE_MODEL}" } };
    const sandbox = await Sandbox.create({ agent: { config: providerOf(model), auth } });
    const boot = await sandbox.boot({
      env: {
        SESSION_CONFIG: JSON.stringify({ provider: "stand-in", model: "words" }),
        SANDBOX_AUTH_TOKEN: TOKEN,
        KEY_OF_THE_MODEL: KEY,
      },
    });
    await boot.until("boot.ready");
    await expectAnswer(sandbox, boot, model);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });
});
