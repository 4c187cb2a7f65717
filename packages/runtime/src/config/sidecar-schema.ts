import * as z from "zod";

const port = z.int().min(1).max(65_535);
const seconds = z.number().positive();
const command = z.array(z.string()).min(1);

const restartWords = z.enum(["always", "on-failure", "never"]);

/** When a process that ends is started again. */
export const restartSchema = z.union([
  restartWords,
  z.strictObject({
    when: restartWords,
    max: z.int().positive().optional().describe("Restarts within the window. Default: 5."),
    windowSeconds: seconds.optional().describe("Default: 60."),
    backoffSeconds: seconds
      .optional()
      .describe("The first wait, doubled each time. Default: 0.25."),
    maxBackoffSeconds: seconds.optional().describe("Default: 30."),
    quietSeconds: seconds
      .optional()
      .describe("After running so long it begins again with the first wait. Default: 60."),
  }),
]);
export type RestartConfig = z.infer<typeof restartSchema>;

/** What the sidecars that we know have in common with those that the config describes. */
const common = {
  enabled: z.boolean().default(true),
  env: z.record(z.string(), z.string()).default({}),
  optional: z.boolean().default(true).describe("A required sidecar that fails ends the boot."),
  priority: z
    .enum(["normal", "low"])
    .default("low")
    .describe("CPU and I/O priority until the agent is ready."),
  readySeconds: seconds.default(60).describe("Until it must be ready."),
  restart: restartSchema.default("always"),
};

export const codeServerSchema = z.strictObject({
  ...common,
  command: command.default(["code-server"]),
  host: z
    .string()
    .default("127.0.0.1")
    .describe("Address to bind. Another than loopback needs a password."),
  port: port.default(8080),
  password: z
    .string()
    .min(1)
    .optional()
    .describe("Better given by the environment: CODE_SERVER_PASSWORD. Without it, no log-in."),
  userDataDir: z
    .string()
    .optional()
    .describe("Settings and state of the person. Default: code-server's own."),
  extensionsDir: z.string().optional().describe("Default: `extensions` in userDataDir."),
  extensions: z
    .array(z.string())
    .default([])
    .describe(
      "Extensions to have: VSIX files, or folders of unpacked ones. Those of the stage (`extensions/`) are added.",
    ),
  settings: z
    .record(z.string(), z.json())
    .default({})
    .describe("User settings, for those that the person has not set."),
});
export type CodeServerConfig = z.infer<typeof codeServerSchema>;

export const terminalSchema = z.strictObject({
  ...common,
  command: command.default(["ttyd"]),
  port: port.default(7681).describe("On loopback."),
  shell: command.optional().describe("Default: the login shell of SHELL, else bash."),
  proxyPort: port
    .optional()
    .describe("A door before it on loopback that asks for bridge.token. Env: TTYD_PROXY_PORT."),
});
export type TerminalConfig = z.infer<typeof terminalSchema>;
