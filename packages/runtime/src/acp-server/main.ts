// The program between the bridge and an agent that speaks ACP on its standard streams. The runtime starts it in the agent's
// place: `node acp-server.js PORT COMMAND [ARG…]`. It ends when the agent ends, with the agent's exit code.
import { startAgent } from "./agent-process.ts";
import { HTTP_HEADERS, HTTP_PORT, PASSWORD } from "./contract.ts";

const [port = "", ...command] = process.argv.slice(2);
const password = process.env[PASSWORD] ?? "";
const headers = process.env[HTTP_HEADERS];
delete process.env[PASSWORD];
delete process.env[HTTP_HEADERS];

const http =
  headers === undefined
    ? null
    : { port: await (await import("./free-port.ts")).freePort(), headers: JSON.parse(headers) };
// First of all: the agent's own start takes longer than ours.
const agent = startAgent(command.map((arg) => arg.replace(HTTP_PORT, String(http?.port))));
const { serve } = await import("./serve.ts");
await serve({ agent, port: Number(port), password, http });
