// The program between the bridge and an agent that speaks ACP on its standard streams. The runtime starts it in the agent's
// place: `node acp-server.js PORT COMMAND [ARG…]`. It ends when the agent ends, with the agent's exit code.
import { startAgent } from "./agent-process.ts";
import { type AgentOptions, HTTP_PORT, OPTIONS, PASSWORD } from "./contract.ts";
import { freePort } from "./free-port.ts";
import { nativeEnv } from "./native.ts";

const [port = "", ...command] = process.argv.slice(2);
const password = process.env[PASSWORD] ?? "";
const { httpHeaders, native } = JSON.parse(process.env[OPTIONS] ?? "{}") as Partial<AgentOptions>;
delete process.env[PASSWORD];
delete process.env[OPTIONS];

const http = httpHeaders ? { port: await freePort(), headers: httpHeaders } : null;
if (native) Object.assign(process.env, nativeEnv(native, command[0] ?? "", process.env));
// First of all: the agent's own start takes longer than ours.
const agent = startAgent(command.map((arg) => arg.replace(HTTP_PORT, String(http?.port))));
const { serve } = await import("./serve.ts");
await serve({ agent, port: Number(port), password, http });
