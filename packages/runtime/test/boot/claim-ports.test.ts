import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, it } from "vitest";
import { claimPorts } from "../../src/boot/claim-ports.ts";
import { loadConfig } from "../../src/config/load.ts";
import { freePort, scratchFolder } from "../support/scratch.ts";
import { serve } from "../support/serve.ts";

it.each([
  ["agent.port", (port: number) => ({ agent: { port } })],
  ["agents.codex.port", (port: number) => ({ agents: [{ id: "codex", port }] })],
])("names the key %s when the primary agent's port is in use", async (key, file) => {
  const port = await freePort();
  await serve(createServer(), port);
  const cwd = await scratchFolder();
  await writeFile(join(cwd, "sandboot.json"), JSON.stringify(file(port)));
  const config = await loadConfig({ cwd, env: {} });
  const nothing = { listenOnPort: async () => {}, listen: async () => {} };
  expect(await claimPorts({ config, status: nothing, bridge: nothing })).toMatchObject({
    phase: "agent.spawn",
    failure: { code: "port-in-use", message: expect.stringContaining(`port ${port} (${key}) `) },
  });
});
