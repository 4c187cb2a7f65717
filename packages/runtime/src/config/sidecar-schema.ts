import * as z from "zod";
import { address, command, envRecord, port, seconds } from "./fields.ts";

const restartWords = z.enum(["always", "on-failure", "never"]);

/** When a process that exits is restarted. */
export const restartSchema = z.union([
  restartWords,
  z.strictObject({
    when: restartWords,
    max: z.int().positive().optional().describe("Restarts within the window. Default: 5."),
    windowSeconds: seconds.optional().describe("Default: 60."),
    backoffSeconds: seconds
      .optional()
      .describe("The first backoff; doubled after each restart. Default: 0.25."),
    maxBackoffSeconds: seconds.optional().describe("The longest backoff. Default: 30."),
    quietSeconds: seconds
      .optional()
      .describe("After running this long, the backoff starts over. Default: 60."),
  }),
]);
export type RestartConfig = z.infer<typeof restartSchema>;

function isRegExp(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

export const readinessSchema = z.union([
  z.strictObject({
    logLine: z
      .string()
      .refine(isRegExp, "a regular expression")
      .describe("Regular expression for a line of its output."),
  }),
  z.strictObject({ http: z.string().describe("Path that answers with 200 when it is ready.") }),
  z.strictObject({ tcp: z.literal(true) }),
  z.strictObject({ file: z.string() }),
  z.strictObject({
    socket: z.string().describe("Path of a unix socket that accepts connections."),
    httpPath: z.string().optional().describe("Path that answers with 200 on it."),
  }),
  z.strictObject({ exec: command }),
]);
export type ReadinessConfig = z.infer<typeof readinessSchema>;

const id = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);

/** Keys that all sidecars have. */
const common = {
  env: envRecord.default({}),
  optional: z.boolean().default(true).describe("A required sidecar that fails ends the boot."),
  priority: z
    .enum(["normal", "low"])
    .default("low")
    .describe("CPU and I/O priority until the agent is ready."),
  readySeconds: seconds.default(60).describe("How long it may take to become ready."),
};

/** A sidecar that the config describes. */
export const sidecarSchema = z.strictObject({
  id,
  before: z
    .literal("hooks")
    .optional()
    .describe("hooks: every hook waits until it is ready, or has failed."),
  after: z
    .array(id)
    .default([])
    .describe("Sidecars that it needs: it is started when they are ready, or have failed."),
  provides: envRecord
    .default({})
    .describe("Variables by which others find it, for everything that is started, e.g. DISPLAY."),
  command,
  cwd: z.string().optional(),
  port: port.optional(),
  readiness: readinessSchema.optional(),
  restart: restartSchema.default("on-failure"),
  ...common,
});
export type SidecarConfig = z.infer<typeof sidecarSchema>;

/** Keys of the sidecars that are built in. */
export const builtIn = {
  enabled: z.boolean().default(true),
  restart: restartSchema.default("always"),
  ...common,
};

export const codeServerSchema = z.strictObject({
  ...builtIn,
  command: command.default(["code-server"]),
  host: z
    .string()
    .default("127.0.0.1")
    .describe("Address to bind. Any other than loopback needs a password."),
  port: port.default(8080),
  password: z
    .string()
    .min(1)
    .optional()
    .describe("Better set by CODE_SERVER_PASSWORD. Without one there is no login."),
  userDataDir: z
    .string()
    .optional()
    .describe("The user's settings and state. Default: code-server's own folder."),
  extensionsDir: z.string().optional().describe("Default: `extensions` in userDataDir."),
  extensions: z
    .array(z.string())
    .default([])
    .describe(
      "VSIX files, or folders of unpacked extensions. Those of the stage (`extensions/`) are added.",
    ),
  settings: z
    .record(z.string(), z.json())
    .default({})
    .describe("User settings, for keys that the user has not set."),
});
export type CodeServerConfig = z.infer<typeof codeServerSchema>;

export const terminalSchema = z.strictObject({
  ...builtIn,
  command: command.default(["ttyd"]),
  port: port.default(7681).describe("On loopback."),
  shell: command.optional().describe("Default: the login shell of SHELL, else bash."),
  proxyPort: port
    .optional()
    .describe(
      "A proxy that requires bridge.token, or a token signed with it. Env: TTYD_PROXY_PORT.",
    ),
  proxyHost: address.default("127.0.0.1").describe("Address that the proxy listens on."),
});
export type TerminalConfig = z.infer<typeof terminalSchema>;
