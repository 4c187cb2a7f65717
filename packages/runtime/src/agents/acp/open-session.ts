import {
  CONTROL,
  PASSWORD,
  PATHS,
  type SessionAnswer,
  type SessionRequest,
} from "../../acp-server/contract.ts";
import { Failed } from "../../base/failed.ts";
import type { Config } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import type { AgentSession } from "../driver.ts";
import { requestJson } from "../http.ts";
import { acpMcpServers } from "./mcp-servers.ts";
import type { AcpPreset } from "./preset.ts";

interface OpenSessionOptions {
  readonly url: URL;
  /** Headers that the server asks for. */
  readonly headers: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly preset: Pick<AcpPreset, "title" | "keys">;
  readonly authMethod: string | null;
  readonly signal: AbortSignal;
}

/**
 * Has the server make the session that the first client gets.
 *
 * @throws Failed `agent-session` when the agent refuses, and when it needs authentication that `agent.requireAuth` asks for.
 */
export async function openSession(
  { agent }: Config,
  { url, headers, directory, preset: { title, keys }, authMethod, signal }: OpenSessionOptions,
): Promise<AgentSession> {
  const request: SessionRequest = {
    cwd: directory,
    mcpServers: acpMcpServers(agent),
    authMethod,
  };
  const { status, body } = await requestJson({
    method: "POST",
    url: new URL(PATHS.session, url),
    headers: { ...headers, [CONTROL]: agent.env[PASSWORD] ?? "" },
    body: request,
    timeoutMs: milliseconds(agent.readySeconds),
    signal,
  });
  const about = { code: "agent-session", agent: title, directory } as const;
  if (status !== 200) {
    const outputTail = body.split("\n").slice(0, 20);
    throw new Failed({ ...about, problem: "refused", status, outputTail });
  }
  const answer = JSON.parse(body) as SessionAnswer;
  const { version } = answer;
  const session = {
    version,
    catalogue: null,
    authentication: null,
    warnings: [],
    isMisfit: false,
  };
  switch (answer.state) {
    case "in-session":
      return { ...session, sessionId: answer.sessionId };
    case "needs-authentication": {
      const { message, methods } = answer;
      if (agent.requireAuth) {
        throw new Failed({ ...about, problem: "needs-authentication", message, methods, keys });
      }
      return {
        ...session,
        sessionId: null,
        authentication: { message, methods: [...methods] },
        warnings: [{ code: "agent-needs-authentication", agent: title, message, methods, keys }],
      };
    }
    case "refused": {
      const { message, errorCode } = answer;
      throw new Failed({ ...about, problem: "acp-refused", message, errorCode });
    }
    default:
      return answer satisfies never;
  }
}
