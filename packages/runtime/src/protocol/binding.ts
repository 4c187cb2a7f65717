import * as z from "zod";
import { agentIdSchema } from "./agent-id.ts";
import { BINDING_VERSION } from "./binding-keys.ts";
import { credentialHostSchema, DEFAULT_SECONDS, DEFAULT_USERNAME } from "./credential-source.ts";
import { jsonSchema } from "./json.ts";
import { repositorySchema } from "./repository.ts";

const text = z.string().min(1);

/** The rest of the system takes no other values: execve(2) ends an entry at a zero byte. */
const envValue = z.string().regex(/^[^\0]*$/, "text without a zero byte");
/** sandboot's own variables tell its processes apart, and the agent's server keeps the password that it was started with. */
const envName = z
  .string()
  .regex(
    /^(?!SANDBOOT_|OPENCODE_SERVER_)[A-Za-z_][A-Za-z0-9_]*$/,
    "a variable's name that does not begin with SANDBOOT_ or OPENCODE_SERVER_",
  );
const env = z.record(envName, envValue);
/** What a header can carry (RFC 6750 §2.1 allows less). */
const token = z.string().regex(/^[\x21-\x7e]+$/, "printable characters without spaces");
const seconds = z.number().positive();

/** What is put onto the settings of one agent. */
const agent = z.strictObject({
  config: z
    .record(z.string(), jsonSchema)
    .optional()
    .describe("OpenCode's own configuration, over that of the seed."),
  auth: z
    .record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])))
    .optional()
    .describe(
      "As agent.auth in the config: entries of OpenCode's auth.json by provider, or variables of an agent with ACP by its method.",
    ),
  env: env.optional().describe("For the agent alone."),
});

/**
 * All that is one tenant's. A boot takes it from its config file and environment; a seed is given it later
 * (docs/warm-pools.md).
 */
export const bindingSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(BINDING_VERSION).default(BINDING_VERSION),
  id: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "1 to 200 printable characters without spaces")
    .optional()
    .describe("Names this binding. The same id again gets the same answer. Default: a random one."),
  sandboxId: text.optional().describe("For reports, events and the control plane."),
  session: z
    .record(z.string(), jsonSchema)
    .optional()
    .describe(
      "What SESSION_CONFIG holds: branch or repositories, model, permission, mcp_servers, …",
    ),
  repositories: z
    .array(
      repositorySchema.extend({
        name: repositorySchema.shape.name
          .optional()
          .describe("Default: the last part of the URL, without .git."),
      }),
    )
    .min(1)
    .optional()
    .describe(
      "The primary one first. Default: those of the session, else of the seed's own config.",
    ),
  env: env
    .optional()
    .describe(
      "Added to the environment of hooks, agent and sidecars. The variables of docs/config.md mean the same as at a boot.",
    ),
  agent: agent.optional().describe("For the only agent, or the primary one of several."),
  agents: z
    .record(agentIdSchema, agent)
    .optional()
    .describe("For each of several agents, by its id. Instead of agent, also for the primary one."),
  controlPlane: z
    .strictObject({
      url: z
        .string()
        .regex(/^https?:\/\/[^/\s]+/)
        .optional(),
      token: token.optional().describe("Default: tokens.bridge."),
    })
    .optional(),
  tokens: z
    .strictObject({
      bridge: token.optional().describe("For prompts and the terminal."),
      status: token.optional().describe("For the status API on its port. Default: tokens.bridge."),
    })
    .optional(),
  git: z
    .strictObject({
      credentials: z
        .array(
          z.strictObject({
            host: credentialHostSchema,
            username: text.default(DEFAULT_USERNAME),
            from: z.union([
              z.strictObject({
                url: z.string().regex(/^https?:\/\/[^/\s]+/),
                token: token.optional(),
              }),
              z.strictObject({ password: token }),
            ]),
            seconds: seconds.default(DEFAULT_SECONDS),
          }),
        )
        .optional()
        .describe("In the place of the seed's own: where git and gh get their passwords."),
    })
    .optional(),
  codeServer: z.strictObject({ password: text.optional() }).optional(),
  hooks: z
    .strictObject({
      setupSeconds: seconds.optional(),
      startSeconds: seconds.optional(),
    })
    .optional(),
});
/** As written. */
export type BindingDocument = z.input<typeof bindingSchema>;
/** As read, with its defaults. */
export type Binding = z.output<typeof bindingSchema>;
