import * as z from "zod";
import { BOOT_MODES } from "../protocol/modes.ts";
import { repositorySchema } from "../protocol/repository.ts";
import { DEFAULT_STATE_DIR } from "../protocol/socket.ts";
import { codeServerSchema, restartSchema, terminalSchema } from "./sidecar-schema.ts";

const port = z.int().min(1).max(65_535);
const seconds = z.number().positive();
export const httpUrl = z.string().regex(/^https?:\/\/[^/\s]+/);
const envRecord = z.record(z.string(), z.string());

const readinessSchema = z.union([
  z.strictObject({ logLine: z.string().describe("Regular expression on a line of its output.") }),
  z.strictObject({ http: z.string().describe("Path that answers 200 when it is ready.") }),
  z.strictObject({ tcp: z.literal(true) }),
  z.strictObject({ file: z.string() }),
  z.strictObject({ exec: z.array(z.string()).min(1) }),
]);

const sidecarSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  command: z.array(z.string()).min(1),
  cwd: z.string().optional(),
  env: envRecord.default({}),
  port: port.optional(),
  readiness: readinessSchema.optional(),
  readySeconds: seconds.default(60).describe("Until it must be ready."),
  restart: restartSchema.default("on-failure"),
  optional: z.boolean().default(true).describe("A required sidecar that fails ends the boot."),
  priority: z
    .enum(["normal", "low"])
    .default("low")
    .describe("CPU and I/O priority until the agent is ready."),
});

const warmUpSchema = z.strictObject({
  method: z.enum(["GET", "POST", "PUT"]).default("POST"),
  path: z.string().regex(/^\//).describe("{directory} stands for the workspace's folder."),
  headers: envRecord.default({}),
  body: z.json().optional(),
  status: z.int().min(100).max(599).optional().describe("Default: any from 200 to 299."),
});

/** `sandboot.json`, as written. Paths are relative to the file. */
export const configFileSchema = z.strictObject({
  $schema: z.string().optional(),
  mode: z.enum(BOOT_MODES).optional(),
  sandboxId: z.string().optional(),
  stateDir: z.string().default(DEFAULT_STATE_DIR),
  workspace: z.string().default("workspace").describe("Folder that holds the checkouts."),
  repositories: z.array(repositorySchema).default([]),
  stage: z
    .strictObject({
      dir: z.string().describe("A stage that `sandboot-stage build` made."),
      target: z.string().optional().describe("Default: <stateDir>/agent."),
      agentVersion: z
        .string()
        .optional()
        .describe("Version of the agent in this image: a stage for another one is not used."),
      legacy: z
        .array(z.strictObject({ from: z.string(), to: z.string() }))
        .default([])
        .describe("What to copy from where when the stage cannot be used."),
    })
    .optional(),
  agent: z
    .strictObject({
      kind: z
        .enum(["opencode", "command"])
        .default("opencode")
        .describe("OpenCode, or any agent that serves HTTP and is started by a command."),
      command: z
        .array(z.string())
        .min(1)
        .optional()
        .describe("Default: opencode, from PATH. {port} stands for the agent's port."),
      port: port.default(4096),
      start: z
        .enum(["speculative", "after-hooks"])
        .optional()
        .describe(
          "Start the process at once and validate later, or wait for the hooks. Default: speculative for OpenCode, after-hooks for a command.",
        ),
      prefetch: z
        .enum(["auto", "always", "never"])
        .default("auto")
        .describe(
          "Read the agent's program ahead. auto: when the agent has to wait for the hooks.",
        ),
      home: z
        .string()
        .optional()
        .describe("HOME of the agent's process. Default: the environment's."),
      env: envRecord.default({}),
      envFile: z
        .string()
        .optional()
        .describe(
          "KEY=VALUE lines for the agent's environment; hooks may write it (the agent is then restarted).",
        ),
      config: z
        .record(z.string(), z.json())
        .default({})
        .describe("The agent's own configuration, given inline (OPENCODE_CONFIG_CONTENT)."),
      auth: z
        .record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])))
        .default({})
        .describe(
          'Of OpenCode: entries of its auth.json by provider, e.g. { type: "api", key: "{env:NAME}" }; {env:NAME} stands for a value of the environment.',
        ),
      mcpSeconds: seconds
        .default(120)
        .describe("For fetching the npm packages of MCP servers that npx starts."),
      workspaceDependencies: z
        .enum(["link", "leave"])
        .default("link")
        .describe(
          "The packages that OpenCode and a repository's .opencode/package.json need: link them after the hooks, out of git's sight, or leave it to the agent to install them.",
        ),
      packages: z
        .strictObject({
          seconds: seconds
            .default(60)
            .describe("For npm, when a repository declares packages that the stage has not."),
          cache: z
            .string()
            .optional()
            .describe(
              "Where installed packages are kept for later boots; several sandboxes may share it. Default: <stateDir>/package-cache.",
            ),
          cacheMegabytes: z
            .int()
            .positive()
            .default(1000)
            .describe("What was used longest ago is removed above this size."),
        })
        .prefault({}),
      readiness: readinessSchema
        .optional()
        .describe("Of a command: how one sees that it works. Default: its port accepts."),
      warmUp: warmUpSchema
        .optional()
        .describe("Of a command: the request that makes it open the workspace."),
      readySeconds: seconds.default(60),
      restart: restartSchema
        .default("always")
        .describe("When it ends by itself, also while it starts."),
    })
    .prefault({}),
  hooks: z
    .strictObject({
      setup: z.string().default(".openinspect/setup.sh"),
      start: z.string().default(".openinspect/start.sh"),
      setupSeconds: seconds.default(300),
      startSeconds: seconds.default(120),
    })
    .prefault({}),
  build: z
    .strictObject({
      record: z
        .string()
        .optional()
        .describe("Where mode build writes what it built. Default: <stateDir>/build.json."),
    })
    .prefault({}),
  git: z.strictObject({ stepSeconds: seconds.default(120) }).prefault({}),
  bridge: z
    .strictObject({
      host: z
        .union([z.ipv4(), z.ipv6()])
        .default("127.0.0.1")
        .describe("Address to listen on. Any other than loopback needs a token."),
      port: port.default(7680),
      token: z
        .string()
        .min(1)
        .optional()
        .describe("Better given by the environment: SANDBOX_AUTH_TOKEN."),
      maxHeld: z.int().positive().default(128),
      holdSeconds: seconds.default(120),
      command: z
        .array(z.string())
        .min(1)
        .optional()
        .describe("Another bridge: started last, with the agent's URL in SANDBOOT_AGENT_URL."),
      env: envRecord.default({}),
      readiness: readinessSchema
        .optional()
        .describe("Of the command, on bridge.port. Default: that it runs."),
      readySeconds: seconds.default(60),
      restart: restartSchema.default("always"),
    })
    .prefault({}),
  status: z
    .strictObject({
      port: port
        .optional()
        .describe("The status API on loopback, too. Without it only the unix socket answers."),
      token: z
        .string()
        .min(1)
        .optional()
        .describe("Asked for on the port. Default: bridge.token, better SANDBOX_AUTH_TOKEN."),
    })
    .prefault({}),
  codeServer: codeServerSchema
    .optional()
    .describe("VS Code in the browser. On when this key or CODE_SERVER_… is there."),
  terminal: terminalSchema
    .optional()
    .describe("ttyd, a terminal in the browser. On when this key or TERMINAL_ENABLED is there."),
  controlPlane: z
    .strictObject({
      url: httpUrl
        .optional()
        .describe("Told of fatal errors, boot reports and changes of state. Needs a sandboxId."),
      token: z
        .string()
        .min(1)
        .optional()
        .describe(
          "Sent to it as a bearer token. Default: bridge.token, better SANDBOX_AUTH_TOKEN.",
        ),
      flushSeconds: seconds
        .default(5)
        .describe(
          "How long the end of the sandbox may wait for it. The rest is told at next boot.",
        ),
      maxMessages: z
        .int()
        .positive()
        .default(500)
        .describe("How many messages may wait for it on the disk."),
    })
    .prefault({}),
  sidecars: z.array(sidecarSchema).default([]),
  history: z
    .strictObject({
      keep: z
        .int()
        .min(1)
        .default(50)
        .describe("How many boots stay on record in the state folder."),
    })
    .prefault({}),
  shutdown: z.strictObject({ graceSeconds: seconds.default(5) }).prefault({}),
});
export type ConfigFile = z.infer<typeof configFileSchema>;
export type SidecarConfig = z.infer<typeof sidecarSchema>;
export type ReadinessConfig = z.infer<typeof readinessSchema>;
