/**
 * `node:http`, without the 50 ms that importing it costs on the way to `agent.spawn`: an ES import of a built-in module
 * evaluates all its getters, and `http.WebSocket` loads undici. Taken as what `require` would give, none is touched.
 *
 * @see https://nodejs.org/api/process.html#processgetbuiltinmoduleid (Node ≥ 22.3)
 */
export const { createServer, request } = process.getBuiltinModule("node:http");
