import * as z from "zod";
import { BINDING_KEYS } from "../protocol/binding-keys.ts";
import { BOOT_MODES } from "../protocol/modes.ts";
import { repositorySchema } from "../protocol/repository.ts";
import { DEFAULT_STATE_DIR } from "../protocol/socket.ts";
import { agentSchema, namedAgentSchema } from "./agent-schema.ts";
import { address, command, envRecord, exitCode, httpUrl, port, seconds } from "./fields.ts";
import { gitSchema } from "./git-schema.ts";
import { desktopSchema, dockerSchema } from "./service-schema.ts";
import {
  codeServerSchema,
  readinessSchema,
  restartSchema,
  sidecarSchema,
  terminalSchema,
} from "./sidecar-schema.ts";

const MESSAGE_KINDS = ["error", "phase", "report", "state"] as const;
/** A receiver that wants every phase says so. */
const USUAL_MESSAGES = MESSAGE_KINDS.filter((kind) => kind !== "phase");

/** The config file as written. Paths are relative to the file. */
export const configFileSchema = z.strictObject({
  $schema: z.string().optional(),
  platform: z
    .string()
    .min(1)
    .default("generic")
    .describe("The system that starts the sandbox. Better set by SANDBOOT_PLATFORM."),
  mode: z.enum(BOOT_MODES).optional(),
  sandboxId: z.string().optional(),
  stateDir: z.string().default(DEFAULT_STATE_DIR),
  workspace: z.string().default("workspace").describe("Folder that holds the checkouts."),
  repositories: z.array(repositorySchema).default([]),
  env: envRecord
    .default({})
    .describe("Added to the environment of everything that is started, and wins over it."),
  stage: z
    .strictObject({
      dir: z.string().describe("A stage, made by `sandboot-stage build`."),
      target: z.string().optional().describe("Default: <stateDir>/agent."),
      agentVersion: z
        .string()
        .optional()
        .describe("The agent's version in this image. A stage for another version is not used."),
      legacy: z
        .array(z.strictObject({ from: z.string(), to: z.string() }))
        .default([])
        .describe("What to copy when the stage cannot be used."),
    })
    .optional(),
  agent: agentSchema.prefault({}).describe("The agent. For several: agents."),
  agents: z
    .array(namedAgentSchema)
    .min(1)
    .optional()
    .describe("In place of agent: several agents in one sandbox."),
  hooks: z
    .strictObject({
      setup: z.string().default(".openinspect/setup.sh"),
      start: z.string().default(".openinspect/start.sh"),
      setupSeconds: seconds.nullable().default(null).describe("null: no limit."),
      startSeconds: seconds.nullable().default(null).describe("null: no limit."),
      order: z
        .enum(["parallel", "sequential"])
        .default("parallel")
        .describe(
          "parallel: each repository by itself. sequential: all setups, one after the other, then all starts.",
        ),
      shell: z
        .enum(["auto", "bash"])
        .default("auto")
        .describe("auto: an executable script runs by its #! line. bash: every script by bash."),
      setupFailure: z
        .strictObject({
          fresh: z.enum(["fatal", "warn"]).default("fatal"),
          build: z.enum(["fatal", "warn"]).default("fatal"),
          seed: z.enum(["fatal", "warn"]).default("fatal"),
        })
        .prefault({})
        .describe("Whether a setup that fails ends the boot, by mode."),
      waitFor: z
        .array(
          z.strictObject({
            id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
            file: z.string(),
            lines: z
              .array(z.string().min(1))
              .default([])
              .describe("How lines begin, of which each has to be there."),
            seconds: seconds.default(30).describe("Then the start hooks run without them."),
            keepWith: z
              .string()
              .optional()
              .describe("A whole line without which a file that is there at the start is removed."),
          }),
        )
        .default([])
        .describe("Files that somebody outside of the sandbox writes, before any start hook."),
    })
    .prefault({}),
  build: z
    .strictObject({
      record: z
        .string()
        .optional()
        .describe("Where mode build records what it built. Default: <stateDir>/build.json."),
      seconds: seconds
        .nullable()
        .default(null)
        .describe("How long syncs and setups of a build may take together. null: no limit."),
      stay: z
        .boolean()
        .default(false)
        .describe("Whether a build that has ended well stays until it is told to end."),
      callback: z
        .strictObject({
          url: httpUrl.describe("Gets a POST when the image is built."),
          failureUrl: httpUrl.describe("Gets a POST when the build has failed."),
          token: z.string().min(1).optional().describe("Bearer token for both."),
        })
        .optional()
        .describe("Who is told how a build ends."),
    })
    .prefault({}),
  git: gitSchema.prefault({}),
  bridge: z
    .strictObject({
      host: address
        .default("127.0.0.1")
        .describe("Address to listen on. Any other than loopback needs a token."),
      port: port.default(7680),
      token: z.string().min(1).optional().describe("Better set by SANDBOX_AUTH_TOKEN."),
      allowedHosts: z
        .array(z.string().min(1))
        .default([])
        .describe(
          "Without a token: names besides localhost that requests may have in Host and Origin, without a port.",
        ),
      maxHeld: z.int().positive().default(128),
      holdSeconds: seconds.default(120),
      command: command
        .optional()
        .describe(
          "Another bridge, with the agent's URL in SANDBOOT_AGENT_URL. {agentPort} in an argument is that URL's port.",
        ),
      start: z
        .enum(["last", "first"])
        .default("last")
        .describe(
          "For a command. last: when the agent has opened the workspace. first: at once, to tell of the boot; its requests to the agent wait until then.",
        ),
      agentAccess: z
        .enum(["password", "open"])
        .default("password")
        .describe(
          "For a command. password: its requests carry SANDBOOT_AGENT_AUTHORIZATION. open: every program of this machine may use the URL.",
        ),
      exit: z
        .strictObject({
          end: z
            .array(exitCode)
            .default([])
            .describe("Exit codes that end the sandbox, with exit code 0."),
          giveUp: z
            .array(exitCode)
            .default([])
            .describe("Exit codes after which it is not restarted."),
          whenGivenUp: z
            .enum(["stay", "end"])
            .default("stay")
            .describe("Whether the sandbox ends, as failed, when it is given up."),
        })
        .prefault({})
        .describe("For a command: what its end means. Any other exit code: bridge.restart."),
      env: envRecord.default({}),
      readiness: readinessSchema
        .optional()
        .describe("Probe of the command, on bridge.port. Default: ready as soon as it runs."),
      readySeconds: seconds.default(60),
      restart: restartSchema.default("always"),
    })
    .prefault({}),
  status: z
    .strictObject({
      port: port
        .optional()
        .describe("Serves the status API by TCP, too. Default: only on the unix socket."),
      host: address
        .default("127.0.0.1")
        .describe(
          "Address for status.port. Whoever reaches it without the token sees the three probes alone. TLS is the platform's.",
        ),
      token: z
        .string()
        .min(1)
        .optional()
        .describe("Required on the port. Default: bridge.token. Better set by SANDBOX_AUTH_TOKEN."),
      metricsToken: z
        .string()
        .min(1)
        .optional()
        .describe(
          "Lets its holder read /metrics on the port, before and after a binding, and nothing else. sha256:HEX keeps the token itself out of the sandbox. Better set by SANDBOOT_METRICS_TOKEN.",
        ),
    })
    .prefault({}),
  binding: z
    .strictObject({
      fixed: z
        .array(z.enum(BINDING_KEYS))
        .default([])
        .describe(
          "Keys of a binding that this configuration decides: a binding with one is refused.",
        ),
      enrolmentToken: z
        .string()
        .min(1)
        .optional()
        .describe(
          "For a seed: lets its holder bind it over status.port, once, and nothing else. sha256:HEX keeps the token itself out of the seed. Better set by SANDBOOT_ENROLMENT_TOKEN.",
        ),
      file: z
        .string()
        .optional()
        .describe(
          "For a seed: a file that is watched. It holds a binding, or annotations of a pod.",
        ),
      annotation: z
        .string()
        .min(1)
        .default("sandboot.dev/binding")
        .describe("The annotation that holds the binding."),
    })
    .prefault({}),
  codeServer: codeServerSchema
    .optional()
    .describe("VS Code in the browser. On when this key or CODE_SERVER_… is set."),
  terminal: terminalSchema
    .optional()
    .describe("ttyd, a terminal in the browser. On when this key or TERMINAL_ENABLED is set."),
  desktop: desktopSchema
    .optional()
    .describe(
      "A display with a window manager, shown in the browser. On when this key or VNC_PASSWORD is set.",
    ),
  docker: dockerSchema
    .optional()
    .describe("A Docker daemon for hooks and agent, where the sandbox may run one."),
  controlPlane: z
    .strictObject({
      url: httpUrl
        .optional()
        .describe("Gets fatal errors, boot reports and changes of state. Needs a sandboxId."),
      token: z
        .string()
        .min(1)
        .optional()
        .describe("Bearer token for it. Default: bridge.token. Better set by SANDBOX_AUTH_TOKEN."),
      messages: z
        .array(z.enum(MESSAGE_KINDS))
        .default(USUAL_MESSAGES)
        .describe("What it gets. phase: each start and end of a phase, and its warnings."),
      flushSeconds: seconds
        .default(5)
        .describe("How long the shutdown may wait for it. The next boot sends the rest."),
      maxMessages: z
        .int()
        .positive()
        .default(500)
        .describe("How many unsent messages are kept on disk."),
    })
    .prefault({}),
  sidecars: z.array(sidecarSchema).default([]),
  history: z
    .strictObject({
      keep: z.int().min(1).default(50).describe("How many boots the history keeps."),
    })
    .prefault({}),
  onFailure: z
    .enum(["recover", "exit"])
    .optional()
    .describe(
      "When the boot has failed. recover: stay, so that somebody can mend it and retry. exit: end everything. Default: recover where code-server, a terminal or a control plane is there to use it, except in mode build.",
    ),
  shutdown: z.strictObject({ graceSeconds: seconds.default(5) }).prefault({}),
});
export type ConfigFile = z.infer<typeof configFileSchema>;
