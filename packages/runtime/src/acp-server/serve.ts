import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { ndJsonStream } from "@agentclientprotocol/sdk";
import { processClock } from "../base/clock.ts";
import { RUNTIME_VERSION } from "../base/version.ts";
import { ActivityFeed } from "./activity-feed.ts";
import { AgentLink } from "./agent-link.ts";
import { type AgentProcess, describeEnd, exitCodeOf } from "./agent-process.ts";
import { LISTENING } from "./contract.ts";
import { controlOf } from "./control.ts";
import { type AgentHttp, HttpDoor } from "./http-door.ts";
import { Hub } from "./hub.ts";
import { MOST_MESSAGE_BYTES } from "./limits.ts";
import { messagesAlone } from "./messages-alone.ts";
import { acpServer } from "./server.ts";

/** How long clients that do not read may hold up the end, in milliseconds. */
const LAST_WORDS_MS = 1_000;

export interface ServeOptions {
  readonly agent: AgentProcess;
  readonly port: number;
  readonly password: string;
  readonly http: AgentHttp | null;
}

/** Initializes the agent, and then serves it until it ends. Ends this process with it. */
export async function serve({ agent, port, password, http }: ServeOptions): Promise<void> {
  const output = agent.stdout.pipe(messagesAlone((line) => say(`the agent: ${line}`)));
  const streams = [Writable.toWeb(agent.stdin), Readable.toWeb(output)] as const;
  const stream = ndJsonStream(...streams, { maxMessageBytes: MOST_MESSAGE_BYTES });
  const link = new AgentLink(stream);
  const activity = new ActivityFeed(processClock);
  const hub = new Hub(link, activity);
  const read = link.read(stream, hub).catch((error: Error) => {
    say(`the agent is ended, because its output cannot be read: ${error.message}`);
    agent.kill("SIGKILL");
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => agent.kill(signal));
  }
  const server = acpServer({
    hub,
    password,
    http: http && new HttpDoor(http),
    control: controlOf(hub, activity, password),
  });
  void agent.ended.then(async (end) => {
    const reason = describeEnd(end);
    say(reason);
    // Who comes from now on is let in by the next agent: the bridge holds clients that cannot connect.
    server.close();
    const exit = () => process.exit(exitCodeOf(end));
    setTimeout(exit, LAST_WORDS_MS);
    // What it said last is still in the pipe.
    await read;
    await hub.end(reason);
    exit();
  });
  try {
    await hub.initialize({
      protocolVersion: 1,
      // Clients are elsewhere: the agent reads, writes and runs in the sandbox itself.
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
      clientInfo: { name: "sandboot", version: RUNTIME_VERSION },
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    process.stdout.write(`${LISTENING} http://127.0.0.1:${port}\n`);
  } catch (error) {
    say(`the ACP server cannot start: ${error instanceof Error ? error.message : error}`);
    agent.kill("SIGTERM");
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
