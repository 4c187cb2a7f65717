import * as z from "zod";
import { agentIdSchema } from "../protocol/agent-id.ts";
import { command, envRecord, httpUrl, port, seconds } from "./fields.ts";
import { readinessSchema, restartSchema } from "./sidecar-schema.ts";

const warmUpSchema = z.strictObject({
  method: z.enum(["GET", "POST", "PUT"]).default("POST"),
  path: z.string().regex(/^\//).describe("{directory} is replaced by the workspace's folder."),
  headers: envRecord.default({}),
  body: z.json().optional(),
  status: z.int().min(100).max(599).optional().describe("Default: any from 200 to 299."),
});

const mcpServerSchema = z.strictObject({
  name: z.string().min(1),
  type: z.enum(["local", "remote"]).default("local"),
  command: command.optional().describe("For local: the program and its arguments."),
  env: envRecord.default({}),
  url: httpUrl.optional().describe("For remote."),
  headers: envRecord.default({}),
  enabled: z.boolean().default(true),
});

/** An agent as written. */
export const agentSchema = z.strictObject({
  kind: z
    .enum(["opencode", "acp", "command"])
    .default("opencode")
    .describe(
      "opencode: OpenCode, over HTTP. acp: an agent that speaks the Agent Client Protocol on its standard streams. command: any other agent that serves HTTP.",
    ),
  preset: z
    .enum(["claude", "codex", "gemini", "opencode"])
    .optional()
    .describe("For acp: which agent it is. Without one, agent.command says what to start."),
  requireAuth: z
    .boolean()
    .default(false)
    .describe("For acp: fail the boot when the agent asks for authentication."),
  command: command
    .optional()
    .describe(
      "Default: opencode, or the preset's own, from PATH. For kind command, {port} is replaced by the agent's port.",
    ),
  port: port.default(4096),
  start: z
    .enum(["speculative", "after-hooks"])
    .optional()
    .describe(
      "speculative: start at once, and check later that it read nothing that the hooks changed. after-hooks: wait for the hooks. Default: speculative, and after-hooks for a command.",
    ),
  prefetch: z
    .enum(["auto", "always", "never"])
    .default("auto")
    .describe(
      "Read the agent's program into memory ahead of time. auto: only when the agent has to wait for the hooks.",
    ),
  home: z.string().optional().describe("HOME of the agent's process. Default: the environment's."),
  env: envRecord.default({}),
  envFile: z
    .string()
    .optional()
    .describe(
      "KEY=VALUE lines for the agent's environment. Hooks may write it; the agent is then restarted.",
    ),
  config: z
    .record(z.string(), z.json())
    .default({})
    .describe("OpenCode's own configuration, inline (OPENCODE_CONFIG_CONTENT)."),
  auth: z
    .record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])))
    .default({})
    .describe(
      'For OpenCode: entries of its auth.json by provider, e.g. { type: "api", key: "{env:NAME}" }. For another agent with acp: variables of the agent by the method to authenticate with, e.g. { "api-key": { "OPENAI_API_KEY": "{env:NAME}" } }. {env:NAME} is replaced by a value of the environment.',
    ),
  providers: z
    .array(z.string().min(1))
    .default([])
    .describe(
      "For OpenCode: providers whose models the stage's catalogue has to hold. `sandboot-stage build` reads them, too.",
    ),
  catalogue: z
    .enum(["auto", "full"])
    .default("auto")
    .describe(
      "For OpenCode: auto reads the stage's small catalogue of models when it has every provider that is asked for. full: OpenCode reads its own.",
    ),
  mcp: z
    .array(mcpServerSchema)
    .default([])
    .describe(
      "MCP servers, given to the agent in its own form. Those of SESSION_CONFIG are added, and win by name.",
    ),
  instructions: z
    .string()
    .optional()
    .describe(
      "A file with instructions for every session. Its place in the agent's home, such as ~/.claude/CLAUDE.md, becomes a link to it, unless the user has a file there.",
    ),
  skills: z
    .strictObject({
      url: httpUrl.describe("Answers with them (docs/agents.md)."),
      token: z
        .string()
        .min(1)
        .optional()
        .describe("Bearer token for it. Default: the user in the URL, or else bridge.token."),
      folder: z
        .string()
        .describe(
          "Where they are put: a folder in which the agent finds skills of every workspace.",
        ),
    })
    .optional()
    .describe("Skills that are fetched at each boot. Without them the boot fails."),
  mcpSeconds: seconds
    .default(120)
    .describe("Time limit for fetching the npm packages of MCP servers that npx starts."),
  workspaceDependencies: z
    .enum(["link", "leave"])
    .default("link")
    .describe(
      "link: after the hooks, link the packages that OpenCode and the repository's .opencode/package.json need, hidden from git. leave: the agent installs them.",
    ),
  packages: z
    .strictObject({
      seconds: seconds
        .default(60)
        .describe(
          "Time limit for npm, when a repository declares packages that the stage does not have.",
        ),
      cache: z
        .string()
        .optional()
        .describe(
          "Where installed packages are kept for later boots. Several sandboxes may share it. Default: <stateDir>/package-cache.",
        ),
      cacheMegabytes: z
        .int()
        .positive()
        .default(1000)
        .describe(
          "Above this size, the packages that were not used for the longest time are removed.",
        ),
    })
    .prefault({}),
  readiness: readinessSchema
    .optional()
    .describe("For a command: its readiness probe. Default: its port accepts connections."),
  warmUp: warmUpSchema
    .optional()
    .describe("For a command: the request that makes it open the workspace."),
  warm: z
    .strictObject({
      process: z
        .enum(["auto", "off"])
        .default("auto")
        .describe(
          "While hooks run, and in a seed: OpenCode answers one prompt in a folder of sandboot's, with a model of sandboot's. auto: unless that would run plugins, start servers or ask the network.",
        ),
      workspace: z
        .enum(["auto", "off"])
        .default("auto")
        .describe("When the sandbox is ready: reads of the workspace, until a prompt comes."),
      requests: z
        .array(warmUpSchema)
        .default([])
        .describe("For a command: what is sent then, one request after the other."),
    })
    .prefault({}),
  promptPath: z
    .string()
    .regex(/^\//)
    .optional()
    .describe(
      "For a command: the path of a POST that is a prompt; * stands for one segment. Default: every POST is one.",
    ),
  readySeconds: seconds.default(60),
  restart: restartSchema
    .default("always")
    .describe("When it exits by itself, also during the boot."),
  whenGivenUp: z
    .enum(["stay", "end"])
    .default("stay")
    .describe("Whether the sandbox ends, as failed, when it is given up after the boot."),
});

/** One of several agents. */
export const namedAgentSchema = agentSchema.extend({
  id: agentIdSchema.describe("Names its door, /agents/<id>/, its process and its phases."),
  primary: z
    .boolean()
    .default(false)
    .describe(
      "Whether the sandbox is ready when this one is. It has the bridge's own paths, too. Default: the first one.",
    ),
  port: port
    .optional()
    .describe(
      "Default: 4096 for the primary one, and 4097, 4098, … for the others in their order.",
    ),
});
