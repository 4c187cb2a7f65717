import type { IncomingMessage, ServerResponse } from "node:http";
import { type NewSessionRequest, RequestError } from "@agentclientprotocol/sdk";
import { isSame } from "../base/bearer.ts";
import { readBody } from "../base/request-body.ts";
import { CONTROL, type SessionAnswer, type SessionRequest } from "./contract.ts";
import type { Hub } from "./hub.ts";
import { MOST_MESSAGE_BYTES } from "./limits.ts";

/** @see https://agentclientprotocol.com/protocol/schema#errorcode */
const AUTHENTICATION_REQUIRED = -32_000;

/** Answers `POST /sandboot/session`. */
export function controlOf(hub: Hub, password: string) {
  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const given = incoming.headers[CONTROL];
    if (incoming.method !== "POST" || !isSame(String(given), password)) {
      outgoing.statusCode = 404;
      outgoing.end();
      return;
    }
    const text = await readBody(incoming, MOST_MESSAGE_BYTES);
    if (text === null) {
      outgoing.statusCode = 413;
      outgoing.end();
      return;
    }
    const answer = await prepare(hub, JSON.parse(text) as SessionRequest);
    outgoing.writeHead(200, { "content-type": "application/json" });
    outgoing.end(JSON.stringify(answer));
  };
}

async function prepare(
  hub: Hub,
  { cwd, mcpServers, authMethod }: SessionRequest,
): Promise<SessionAnswer> {
  const { agentInfo, authMethods = [] } = hub.initialized;
  const version = agentInfo?.version ?? null;
  try {
    if (authMethod !== null) await hub.authenticate(authMethod);
    const { sessionId } = await hub.prepare({ cwd, mcpServers } as NewSessionRequest);
    return { state: "in-session", sessionId, version };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const { code: errorCode, message } = error;
    if (errorCode !== AUTHENTICATION_REQUIRED) {
      return { state: "refused", errorCode, message, version };
    }
    const methods = authMethods.map(({ id, name }) => ({ id, name }));
    return { state: "needs-authentication", message, methods, version };
  }
}
