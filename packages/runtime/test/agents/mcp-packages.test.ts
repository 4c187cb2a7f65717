import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { mcpPackages } from "../../src/agents/mcp-packages.ts";
import { Gate } from "../support/gate.ts";
import { writeFiles } from "../support/git.ts";
import { Sandbox, type SandboxOptions } from "../support/sandbox.ts";

const local = (...command: string[]) => ({ type: "local", command });

describe("mcpPackages", () => {
  it.each([
    [["npx", "-y", "@scope/server@1.2.3", "--flag", "/tmp"], ["@scope/server@1.2.3"]],
    [["npx", "--yes", "server"], ["server"]],
    [["/usr/bin/npx", "server"], ["server"]],
    [
      ["npx", "-p", "one", "--package=two", "run", "-p", "three"],
      ["one", "two"],
    ],
    [["npx", "-y", "--", "server", "x"], ["server"]],
    [["npx", "--no-install", "server"], []],
    [["npx"], []],
    [["node", "npx", "server"], []],
  ])("of %j are %j", (command, specs) => {
    const found = mcpPackages({ config: { mcp: { it: local(...command) } }, mcp: [] });
    expect(found.map(({ spec }) => spec)).toEqual(specs);
  });

  it("are those of enabled local servers, each once", () => {
    const mcp = {
      a: local("npx", "-y", "server"),
      b: local("npx", "server", "--other"),
      off: { ...local("npx", "off"), enabled: false },
      far: { type: "remote", url: "http://h", command: ["npx", "far"] },
    };
    expect(mcpPackages({ config: { mcp }, mcp: [] })).toEqual([{ npx: "npx", spec: "server" }]);
    expect(mcpPackages({ config: {}, mcp: [] })).toEqual([]);
  });
});

describe("agent.mcp", () => {
  it("lets npx fetch packages where the agent's npx looks for them; one that cannot be fetched is a warning", async () => {
    const sandbox = await Sandbox.create({ config: { mode: "build" } });
    // A local package, which needs no registry.
    await writeFiles(join(sandbox.folder, "server"), {
      "package.json": JSON.stringify({ name: "server", version: "1.0.0", bin: "server.js" }),
      "server.js": { text: "#!/usr/bin/env node\n", mode: 0o755 },
    });
    await execa("npm", ["pack", "--silent", "./server"], { cwd: sandbox.folder });
    const good = join(sandbox.folder, "server-1.0.0.tgz");
    const bad = join(sandbox.folder, "nowhere-1.0.0.tgz");
    const session = {
      mcp_servers: [
        { name: "bad", command: ["npx", "-y", bad] },
        { name: "good", command: ["npx", "-y", good, "--flag"] },
      ],
    };
    const boot = await sandbox.boot({ env: { SESSION_CONFIG: JSON.stringify(session) } });
    const { exitCode } = await boot.ended();
    expect(exitCode).toBe(0);
    const phase = (await boot.report()).phases.find(({ id }) => id === "agent.mcp");
    expect(phase).toMatchObject({
      status: "warned",
      required: false,
      detail: { packages: [bad, good] },
      failure: { code: "mcp-packages", message: `npx could not fetch ${bad}` },
    });
    const cache = join(sandbox.home, ".npm/_npx");
    const bins = await Promise.all(
      (await readdir(cache)).map((entry) =>
        readdir(join(cache, entry, "node_modules/.bin")).catch(() => []),
      ),
    );
    expect(bins.flat()).toContain("server");
  });

  /** Makes an npx that runs a test's script. */
  const withNpx = async (script: string, options: SandboxOptions) => {
    const sandbox = await Sandbox.create(options);
    const bin = join(sandbox.folder, "bin");
    await writeFiles(bin, { npx: { text: `#!/bin/bash\n${script}\n`, mode: 0o755 } });
    const session = { mcp_servers: [{ name: "slow", command: ["npx", "-y", "slow"] }] };
    const env = {
      SESSION_CONFIG: JSON.stringify(session),
      PATH: `${bin}:${process.env["PATH"]}`,
    };
    return { sandbox, env };
  };

  it("do not delay the session, the bridge, or the agent's start", async () => {
    const gate = await Gate.create();
    const { sandbox, env } = await withNpx(gate.wait, {});
    const boot = await sandbox.boot({ args: ["--until", "settled"], env });
    await boot.until("boot.ready");
    expect(boot.position("phase.ended", ({ id }) => id === "agent.mcp")).toBe(-1);
    expect(boot.position("phase.started", ({ id }) => id === "agent.mcp")).toBeGreaterThan(
      boot.position("phase.ended", ({ id }) => id === "agent.listening"),
    );
    await gate.open();
    expect((await boot.ended()).exitCode).toBe(0);
    const phase = (await boot.report()).phases.find(({ id }) => id === "agent.mcp");
    expect(phase).toMatchObject({ status: "done" });
  });

  it("are given up at their timeout, with a warning", async () => {
    const { sandbox, env } = await withNpx("trap '' TERM\nsleep 1000", {
      config: { mode: "build" },
      agent: { mcpSeconds: 0.5 },
    });
    const boot = await sandbox.boot({ env });
    expect((await boot.ended()).exitCode).toBe(0);
    const phase = (await boot.report()).phases.find(({ id }) => id === "agent.mcp");
    expect(phase).toMatchObject({ status: "warned", failure: { code: "phase-timeout" } });
  });
});
