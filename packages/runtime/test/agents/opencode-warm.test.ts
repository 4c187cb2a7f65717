import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  ANSWER,
  type ModelServer,
  startModelServer,
} from "../../../../test/support/model-server/model-server.ts";
import { openCodeConfigFor } from "../../../../test/support/model-server/opencode-config.ts";
import { expectNothingOfDecoy } from "../support/decoy.ts";
import { Gate } from "../support/gate.ts";
import { ask } from "../support/http.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import { Sandbox, type SandboxOptions } from "../support/sandbox.ts";
import { searchFiles, searchStart } from "../support/search.ts";

/** What the user's own configuration holds, and nobody else may get. */
const USERS_KEY = "the-users-own-key";

async function createSandbox(model: ModelServer, options: SandboxOptions = {}): Promise<Sandbox> {
  const config = openCodeConfigFor(model, USERS_KEY);
  const warm = { process: "auto" };
  return await Sandbox.create({ ...options, agent: { config, warm, ...options.agent } });
}

const decoyOf = (boot: RunningSandboot) =>
  boot.until("phase.ended", ({ id }) => id === "agent.warm:decoy");

interface DecoyModel {
  readonly baseURL: string;
  readonly apiKey: string;
}

/** What the decoy's configuration says of its model. It lies there for as long as the agent works in the decoy. */
async function modelOfDecoy(sandbox: Sandbox): Promise<DecoyModel> {
  const found: { text: string } = { text: "" };
  await expect
    .poll(async () => {
      found.text = await readFile(join(sandbox.folder, "state/decoy/opencode.json"), "utf8");
      return found.text.endsWith("}");
    })
    .toBe(true);
  const [provider] = Object.values<{ options: DecoyModel }>(JSON.parse(found.text).provider);
  if (provider === undefined) throw new Error("the decoy has no provider");
  return provider.options;
}

/** Sends a prompt through the bridge into the session that the boot has made. */
async function prompt(sandbox: Sandbox, boot: RunningSandboot): Promise<void> {
  const { agent } = await boot.until("agent.changed", (event) => event.agent.sessionId !== null);
  const answer = await sandbox.ask(`/session/${agent.sessionId}/message`, {
    method: "POST",
    body: { parts: [{ type: "text", text: "Hello?" }] },
  });
  expect(answer.status).toBe(200);
  expect(answer.body).toContain(ANSWER.join(""));
}

describe("OpenCode, warmed up", () => {
  it.each(["fresh", "repo_image"])(
    "answers a prompt in mode %s, and nothing of the decoy is left",
    async (mode) => {
      await using model = await startModelServer();
      const gate = await Gate.create();
      const sandbox = await createSandbox(model, {
        files: { ".openinspect/start.sh": `${gate.wait}\n` },
        checkout: mode !== "fresh",
        config: { mode },
      });
      const boot = await sandbox.boot();
      expect(await decoyOf(boot)).toMatchObject({ status: "done", detail: {} });
      expect(model.requests).toEqual([]);
      await gate.open();
      await boot.until("boot.warm");
      await prompt(sandbox, boot);
      await expectNothingOfDecoy(sandbox, model);
      expect(boot.events.filter(({ type }) => type === "phase.warning")).toEqual([]);
    },
  );

  it("answers a prompt that comes at once after an adopt", async () => {
    await using model = await startModelServer();
    const sandbox = await createSandbox(model, {
      checkout: false,
      config: { mode: "seed", repositories: [] },
    });
    const boot = await sandbox.boot();
    const ofDecoy = await modelOfDecoy(sandbox);
    await boot.until("boot.seeded");
    expect(await decoyOf(boot)).toMatchObject({ status: "done", detail: {} });
    await expect(fetch(ofDecoy.baseURL)).rejects.toThrow("fetch failed");
    const key = [ofDecoy.apiKey];
    for (const { pid } of sandbox.left()) expect(await searchStart(pid, key)).toEqual([]);
    const adopted = await ask(sandbox.socket, "/v1/adopt", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        repositories: [{ name: "demo", url: sandbox.origin.path, branch: "main" }],
      }),
    });
    expect(adopted.status).toBe(200);
    await prompt(sandbox, boot);
    await expectNothingOfDecoy(sandbox, model);
    const { agent } = await boot.until(
      "agent.changed",
      (event) => event.agent.firstAnswer !== null,
    );
    expect(agent.firstAnswer).toMatchObject({ kind: "answered" });
    boot.signal("SIGTERM");
    await boot.ended();
    expect(await searchFiles(sandbox.folder, key)).toEqual([]);
  });

  it("is cut off when the hooks end, and nothing is left then, either", async () => {
    await using model = await startModelServer();
    const gate = await Gate.create();
    const sandbox = await createSandbox(model, {
      files: { ".openinspect/start.sh": `${gate.wait}\n` },
    });
    const boot = await sandbox.boot();
    await boot.until("phase.started", ({ id }) => id === "agent.warm:decoy");
    const decoy = join(sandbox.folder, "state/decoy");
    const isDone = () => boot.position("phase.ended", ({ id }) => id === "agent.warm:decoy") !== -1;
    await expect.poll(() => existsSync(decoy) || isDone()).toBe(true);
    await gate.open();
    await boot.until("boot.ready");
    await prompt(sandbox, boot);
    // Almost always cancelled. Only the agent's own speed decides that.
    expect(["cancelled", "done"]).toContain((await decoyOf(boot)).status);
    await expectNothingOfDecoy(sandbox, model);
  });

  it("leaves alone what the user's configuration brings, which comes before the decoy's", async () => {
    await using model = await startModelServer();
    const sandbox = await createSandbox(model, {
      checkout: false,
      config: { mode: "seed", repositories: [] },
      agent: {
        config: { ...openCodeConfigFor(model, USERS_KEY), enabled_providers: ["stand-in"] },
      },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    expect(await decoyOf(boot)).toMatchObject({
      status: "done",
      detail: { promptSkipped: "the configuration says which providers there are" },
    });
    expect(model.requests).toEqual([]);
  });
});
