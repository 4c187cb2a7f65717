import type { IncomingMessage, ServerResponse } from "node:http";
import { type NewSessionRequest, RequestError } from "@agentclientprotocol/sdk";
import { isSame } from "../base/bearer.ts";
import { readBody } from "../base/request-body.ts";
import type { ActivityFeed } from "./activity-feed.ts";
import { CONTROL, type SessionAnswer, type SessionRequest } from "./contract.ts";
import type { Hub } from "./hub.ts";
import { MOST_MESSAGE_BYTES } from "./limits.ts";
import { reportable, reportableIn } from "./reported.ts";

/** The runtime's own requests, by the last part of their path. */
export type Control = Readonly<
  Record<
    "session" | "activity",
    (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>
  >
>;

/** Answers `POST /sandboot/session` and `GET /sandboot/activity`. Nobody else learns that they exist. */
export function controlOf(hub: Hub, activity: ActivityFeed, password: string): Control {
  const isOurs = ({ headers }: IncomingMessage) => isSame(String(headers[CONTROL]), password);
  const notFound = (outgoing: ServerResponse) => {
    outgoing.statusCode = 404;
    outgoing.end();
  };
  const session: Control["session"] = async (incoming, outgoing) => {
    if (incoming.method !== "POST" || !isOurs(incoming)) return notFound(outgoing);
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
  return {
    session,
    activity: async (incoming, outgoing) => {
      if (incoming.method !== "GET" || !isOurs(incoming)) return notFound(outgoing);
      activity.listen(outgoing);
    },
  };
}

async function prepare(
  hub: Hub,
  { cwd, mcpServers, authMethod }: SessionRequest,
): Promise<SessionAnswer> {
  const version = reportableIn(hub.initialized.agentInfo, "version");
  try {
    if (authMethod !== null) await hub.authenticate(authMethod);
    const { sessionId } = await hub.prepare({ cwd, mcpServers } as NewSessionRequest);
    return { state: "in-session", sessionId: reportable(sessionId), version };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const need = hub.needOf(error);
    if (need !== null) return { state: "needs-authentication", ...need, version };
    const { code: errorCode, message } = error;
    return { state: "refused", errorCode, message: reportable(message), version };
  }
}
