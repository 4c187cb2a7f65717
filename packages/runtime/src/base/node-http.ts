/**
 * `node:http`, loaded as `require` loads it. An ES import of a built-in module evaluates all its getters, and the getter
 * `http.WebSocket` loads undici, which would delay `agent.spawn` by 50 ms.
 *
 * @see https://nodejs.org/api/process.html#processgetbuiltinmoduleid (Node ≥ 22.3)
 */
export const { createServer, request } = process.getBuiltinModule("node:http");

/** Where a server listens. */
export type Address =
  | { readonly host: string; readonly port: number }
  | { readonly socketPath: string };
