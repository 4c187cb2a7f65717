import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { ask } from "../../support/http.ts";
import { pipeAt } from "../pipe.ts";
import { fatal, type Row, ready } from "../row.ts";
import { SECRET, type World } from "../world.ts";

const agent = (keys: object) => () => ({ agent: keys });

/** Answers on the agent's port as the agent would, and is not the agent. */
async function takeAgentPort(world: World): Promise<void> {
  const server = createServer((_, response) => response.end("{}"));
  await new Promise<void>((resolve) => server.listen(world.agentPort, "127.0.0.1", resolve));
  world.heldPorts.add(world.agentPort);
  world.defer(() => new Promise((resolve) => server.close(resolve)));
}

/** Waits until the agent runs again, after something that ended it. */
async function agentIsBack({ run }: World): Promise<void> {
  const { seq } = await run.until("bridge.changed", ({ bridge }) => bridge.gate === "holding");
  await run.until("bridge.changed", (event) => event.seq > seq && event.bridge.gate === "open");
}

/** What an agent does wrong. */
export const agentRows: readonly Row[] = [
  {
    fault: "an agent that is not installed",
    config: agent({ command: ["no-such-agent", "{port}"] }),
    end: fatal("not-installed", /no-such-agent/),
  },
  {
    fault: "an agent that is a folder",
    config: agent({ command: ["/etc"], restart: "never" }),
    end: fatal("not-started"),
  },
  {
    fault: "an agent that exits at once",
    agentFault: "exits",
    config: agent({ restart: "never" }),
    end: fatal("process-exited", /exit code 3/),
  },
  {
    fault: "an agent that exits at once, as often as it is started",
    isLong: true,
    agentFault: "exits",
    config: agent({ restart: { when: "always", max: 2, backoffSeconds: 0.001 } }),
    end: fatal("process-exited"),
  },
  {
    fault: "an agent that never listens",
    agentFault: "silent",
    config: agent({ readySeconds: 1, restart: "never" }),
    end: fatal("ready-timeout"),
  },
  {
    fault: "an agent whose port another program has",
    before: takeAgentPort,
    end: fatal("port-in-use", /agent\.port/),
  },
  {
    fault: "an agent whose port another program takes while it starts",
    isLong: true,
    agentFault: "silent",
    config: agent({ readySeconds: 2, restart: "never" }),
    during: async (world) => {
      await world.run.until("process.changed", ({ process }) => process.status.id === "starting");
      await takeAgentPort(world);
    },
    end: fatal("process-exited", /does not listen/),
  },
  {
    fault: "an agent that refuses to open the workspace",
    config: agent({ warmUp: { path: "/refuse" } }),
    end: fatal("agent-session", /500/),
  },
  {
    fault: "an agent that never answers the request to open the workspace",
    config: agent({ warmUp: { path: "/silent" }, readySeconds: 2, restart: "never" }),
    end: fatal("agent-session"),
  },
  {
    fault: "an agent whose answer to that request never ends",
    config: agent({ warmUp: { path: "/endless" }, readySeconds: 20, restart: "never" }),
    end: fatal("agent-session"),
  },
  {
    fault: "an agent that dies of the request to open the workspace",
    isLong: true,
    config: agent({ warmUp: { path: "/kill" }, restart: "never" }),
    end: fatal("process-exited"),
  },
  {
    fault: "OpenCode with a password of the user's",
    agentFault: "asks-for-password",
    config: (world) => ({
      agent: {
        kind: "opencode",
        workspaceDependencies: "leave",
        start: "speculative",
        port: world.agentPort,
      },
    }),
    env: () => ({ OPENCODE_SERVER_PASSWORD: SECRET }),
    whenReady: async (world) => {
      expect((await ask(world.agentPort, "/works")).status).toBe(401);
      expect((await world.ask("/works")).status).toBe(200);
    },
    end: ready(),
  },
  {
    fault: "an image that denies a tool, and a session that sets a model",
    agentFault: "asks-for-password",
    config: (world) => ({ agent: { kind: "opencode", port: world.agentPort } }),
    env: () => ({
      OPENCODE_CONFIG_CONTENT: '{"permission":{"bash":"deny"}}',
      SESSION_CONFIG: '{"model":"acme/one"}',
    }),
    whenReady: (world) => {
      const environ = readFileSync(`/proc/${world.agentPids().at(-1)}/environ`, "utf8");
      const content = /^OPENCODE_CONFIG_CONTENT=(.*)$/m.exec(environ.replaceAll("\0", "\n"))?.[1];
      expect(JSON.parse(content ?? "")).toMatchObject({
        permission: { bash: "deny" },
        model: "acme/one",
      });
    },
    end: ready(),
  },
  {
    fault: "an agent that dies after it was ready",
    whenReady: async (world) => {
      process.kill(world.agentPids().at(-1) ?? 0, "SIGKILL");
      await agentIsBack(world);
      expect((await world.ask("/works")).status).toBe(200);
    },
    end: ready(),
  },
  {
    fault: "a GET that the agent dies of",
    whenReady: async (world) => {
      expect((await world.ask("/kill")).status).toBe(502);
      await agentIsBack(world);
      expect(world.asked().filter((path) => path === "/kill")).toHaveLength(1);
    },
    end: ready(),
  },
  {
    fault: "an agent that does not end at SIGTERM",
    agentFault: "ignores-sigterm",
    end: ready(),
  },
  {
    fault: "an agent that prints 20 MB",
    isLong: true,
    agentFault: "floods",
    end: ready(),
  },
  {
    fault: "an agent that closes its output",
    isLong: true,
    agentFault: "closes-its-output",
    end: ready(),
  },
  {
    fault: "an agent that prints no text",
    isLong: true,
    agentFault: "prints-no-text",
    end: ready(),
  },
  {
    fault: "an agent that leaves a daemon without environment, in a session of its own",
    agentFault: "leaves-a-daemon",
    end: ready(),
  },
  {
    fault: "an agent that answers prompts with errors",
    isLong: true,
    whenReady: async (world) => expect((await world.ask("/refuse")).status).toBe(500),
    end: ready(),
  },
  {
    fault: "an agent that does not answer a prompt before the sandbox ends",
    whenReady: async (world) => {
      world.ask("/silent").catch(() => {});
      while (!world.asked().includes("/silent")) await world.api("/livez");
    },
    end: ready(),
  },
  {
    fault: "an agent that answers a prompt for ever, to a client that does not read",
    whenReady: async (world) => {
      world.ask("/endless").catch(() => {});
      while (!world.asked().includes("/endless")) await world.api("/livez");
    },
    end: ready(),
  },
  {
    fault: "an agent whose environment file is not there",
    config: ({ folder }) => ({ agent: { envFile: join(folder, "none") } }),
    end: ready(),
  },
  {
    fault: "an agent whose environment file is a pipe",
    config: ({ folder }) => ({ agent: { envFile: join(folder, "pipe") } }),
    before: ({ folder }) => pipeAt(join(folder, "pipe")),
    end: fatal("unfit-file"),
  },
  {
    fault: "an agent's time limit with a fraction of a millisecond",
    config: agent({ readySeconds: 8.0303 }),
    whenReady: async (world) => {
      process.kill(world.agentPids().at(-1) ?? 0, "SIGKILL");
      await agentIsBack(world);
    },
    end: ready(),
  },
  {
    fault: "an agent's time limit of a month",
    config: agent({ readySeconds: 2_592_000 }),
    end: ready(),
  },
];
