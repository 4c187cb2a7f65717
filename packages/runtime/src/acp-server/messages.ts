import type {
  AnyMessage,
  AnyNotification,
  AnyRequest,
  AnyResponse,
  JsonRpcId,
} from "@agentclientprotocol/sdk";

/** What a message is, by its members (JSON-RPC 2.0 §4, §5). */
export type Sorted =
  | { readonly is: "request"; readonly message: AnyRequest }
  | { readonly is: "notification"; readonly message: AnyNotification }
  | { readonly is: "response"; readonly message: AnyResponse };

export function sort(message: AnyMessage): Sorted {
  if (!("method" in message)) return { is: "response", message };
  return "id" in message ? { is: "request", message } : { is: "notification", message };
}

/** The session that a message is about; null for one about none. */
export function sessionOf(message: { readonly params?: unknown }): string | null {
  return textIn(message.params, "sessionId");
}

/** The session that a response made. */
export function madeSession(message: AnyResponse): string | null {
  return "result" in message ? textIn(message.result, "sessionId") : null;
}

/** `1` and `"1"` are two ids. */
export function keyOf(id: JsonRpcId): string {
  return JSON.stringify(id);
}

/** The text of this name in an object; null when there is none. */
export function textIn(value: unknown, name: string): string | null {
  const found = (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return typeof found === "string" ? found : null;
}
