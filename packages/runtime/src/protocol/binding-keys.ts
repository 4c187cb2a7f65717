/** The version of the binding document. A version in which a key means something else gets another number. */
export const BINDING_VERSION = 1;

/** The longest document: one with a large configuration of the agent and some keys is a tenth of it. */
export const MAX_BINDING_BYTES = 1024 * 1024;

/**
 * What a seed's own configuration can fix (`binding.fixed`): a binding that sets it is refused. The keys of `agent` hold for every
 * agent. The list has its own file without schemas: loading those would delay `agent.spawn`.
 */
export const BINDING_KEYS = [
  "sandboxId",
  "session",
  "repositories",
  "env",
  "agent",
  "agent.config",
  "agent.auth",
  "agent.env",
  "agents",
  "controlPlane",
  "controlPlane.url",
  "controlPlane.token",
  "tokens",
  "tokens.bridge",
  "tokens.status",
  "git",
  "git.credentials",
  "codeServer",
  "codeServer.password",
  "hooks",
  "hooks.setupSeconds",
  "hooks.startSeconds",
] as const;
