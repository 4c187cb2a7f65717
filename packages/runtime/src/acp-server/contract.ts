// What the server and the runtime that starts it agree on. Loaded before `agent.spawn`, so it imports nothing.

/** Where the server answers. All but `acp` are for the runtime. */
export const PATHS = {
  acp: "/acp",
  health: "/sandboot/health",
  session: "/sandboot/session",
  activity: "/sandboot/activity",
} as const;

/** The variable that holds the server's password. The server takes it out of the agent's environment. */
export const PASSWORD = "SANDBOOT_ACP_PASSWORD";

/** The `Authorization` that carries it. */
export function authorizationOf(password: string): string {
  return `Bearer ${password}`;
}

/** Carries it, too, in the runtime's own requests. The bridge does not add this header to what clients send. */
export const CONTROL = "sandboot-control";

/** The variable with {@link AgentOptions} as JSON. The server takes it out of the agent's environment. */
export const OPTIONS = "SANDBOOT_ACP_OPTIONS";

/** What the server is told of its agent. */
export interface AgentOptions {
  /** Headers that the agent's own HTTP server asks for; null when it has no such server. */
  readonly httpHeaders: Readonly<Record<string, string>> | null;
  readonly native: NativeProgram | null;
}

/** A program in an npm package that the agent depends on, which it would start by a script of that package. */
export interface NativeProgram {
  /** The variable that makes the agent start the program itself. */
  readonly variable: string;
  /** The way to its package: each is resolved from the one before it, the first one from the agent's own file. */
  readonly modules: readonly string[];
  /** From the folder of the last module. */
  readonly path: string;
}

/** Stands for a free port in an argument of that agent: its HTTP server's. */
export const HTTP_PORT = "{httpPort}";

/** What the server prints when it listens, which is when the agent is initialized. */
export const LISTENING = "the ACP server listens on";

/** An MCP server, as ACP has it. @see https://agentclientprotocol.com/protocol/session-setup#mcp-servers */
export type AcpMcpServer = { readonly name: string } & (
  | {
      readonly command: string;
      readonly args: readonly string[];
      readonly env: readonly { readonly name: string; readonly value: string }[];
    }
  | {
      readonly type: "http" | "sse";
      readonly url: string;
      readonly headers: readonly { readonly name: string; readonly value: string }[];
    }
);

/** `POST /sandboot/session`: make the session that the first client gets. */
export interface SessionRequest {
  readonly cwd: string;
  readonly mcpServers: readonly AcpMcpServer[];
  /** How to authenticate first; null to try without. */
  readonly authMethod: string | null;
}

/** A way to authenticate that the agent offers. */
export interface AuthChoice {
  readonly id: string;
  readonly name: string;
}

/** Why an agent makes no session before a client has authenticated. */
export interface AuthenticationNeed {
  /** The agent's own words. */
  readonly message: string;
  readonly methods: readonly AuthChoice[];
}

/** The answer to it, with status 200. */
export type SessionAnswer = { readonly version: string | null } & (
  | { readonly state: "in-session"; readonly sessionId: string }
  | ({ readonly state: "needs-authentication" } & AuthenticationNeed)
  | { readonly state: "refused"; readonly message: string; readonly errorCode: number }
);

/**
 * One line of the answer to `GET /sandboot/activity`, which lasts until either side ends it: what clients do. Nothing of what is
 * asked or answered. A runtime that comes later is told of one prompt, of the answer, and of the last that is about sessions.
 */
export type Activity =
  | { readonly type: "prompt-asked" }
  /** The first prompt that was neither refused nor cancelled has its answer. */
  | {
      readonly type: "answered";
      /** Milliseconds since it was sent. */
      readonly agoMs: number;
      /** Milliseconds from there to the answer's first piece; null when there was none. */
      readonly updateMs: number | null;
      /** Milliseconds from there to the answer's end. */
      readonly endMs: number;
    }
  | { readonly type: "authenticated" }
  | ({ readonly type: "authentication-required" } & AuthenticationNeed)
  | { readonly type: "session-opened"; readonly sessionId: string };
