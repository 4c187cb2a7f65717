import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { processClock } from "../../../src/base/clock.ts";
import { createRedactor } from "../../../src/base/redact.ts";
import { fromOwnSite } from "../../../src/base/site.ts";
import { processTimers } from "../../../src/base/timers.ts";
import { controlOf } from "../../../src/boot/control.ts";
import { RetryAdmission } from "../../../src/boot/recovery/retry-admission.ts";
import { StopRequest } from "../../../src/boot/stop.ts";
import { startBridge } from "../../../src/bridge/bridge.ts";
import { Gate } from "../../../src/bridge/gate.ts";
import { EventBus } from "../../../src/observe/events/bus.ts";
import { StatusServer } from "../../../src/observe/status/server.ts";
import { NO_GRACE } from "../../../src/process/grace.ts";
import { Supervisor } from "../../../src/process/supervise/supervisor.ts";
import { ask, type Target } from "../../support/http.ts";
import { nearly } from "../nearly.ts";
import type { FuzzTarget } from "../target.ts";

const request = (head: string, body = "") =>
  `${head}\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** Sends bytes, and waits until they have been answered or cut off. */
async function send(target: Target, bytes: string): Promise<void> {
  const socket = typeof target === "string" ? connect(target) : connect(target, "127.0.0.1");
  socket.on("error", () => {}).resume();
  socket.end(bytes, "latin1");
  // `once` of node:events would throw when the connection is reset, which is an answer, too.
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
}

async function stillAnswers(target: Target, path: string): Promise<void> {
  const { status } = await ask(target, path);
  if (status !== 200) throw new Error(`${path} is answered ${status}`);
}

/** What comes on the socket of the status API. Afterwards it answers as before. */
export const api: FuzzTarget = {
  name: "api",
  input: nearly(
    request("GET /v1/state HTTP/1.1"),
    request("GET /v1/processes/agent/logs?tail=5&after=1 HTTP/1.1"),
    request("POST /v1/adopt HTTP/1.1", '{"repositories":[{"url":"https://x/y.git"}]}'),
    request("POST /v1/shutdown HTTP/1.1", '{"reason":"done"}'),
    request("GET /metrics HTTP/1.1"),
  ),
  open: async (folder) => {
    const bus = new EventBus({ clock: processClock, redact: (value) => value });
    const supervisor = new Supervisor({
      clock: processClock,
      timers: processTimers,
      random: Math.random,
      redactor: createRedactor({}),
      ...NO_GRACE,
      emit: (event) => bus.emit(event),
    });
    const socketPath = join(folder, "s.sock");
    const control = controlOf({
      bus,
      supervisor,
      stop: new StopRequest(),
      historyFolder: join(folder, "history"),
      retries: new RetryAdmission(),
      adopts: null,
      pauses: () => Promise.reject(new Error("there is no sandbox to pause")),
      isFrozen: () => false,
      gitCredentials: { answer: async () => ({ credential: null, reason: "a test has none" }) },
    });
    const server = new StatusServer({ control, socketPath, tcp: null });
    await server.listenOnSocket();
    return {
      run: async (input) => {
        await send(socketPath, input);
        await stillAnswers(socketPath, "/livez");
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

/** What comes on the bridge. Afterwards it answers as before. */
export const bridge: FuzzTarget = {
  name: "bridge",
  input: nearly(
    request("POST /session HTTP/1.1", '{"title":"a"}'),
    "GET /event HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: http://localhost\r\n\r\n",
    "GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nearly",
    "POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  ),
  open: async () => {
    const agent = createServer((incoming, outgoing) => incoming.pipe(outgoing));
    await new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve));
    const address = agent.address();
    if (typeof address !== "object" || address === null) throw new Error("unreachable");
    const gate = new Gate({ maxHeld: 8, holdMs: 1_000 });
    gate.open();
    const started = await startBridge({
      host: "127.0.0.1",
      port: 0,
      admit: fromOwnSite([]),
      upstream: { host: "127.0.0.1", port: address.port },
      gate,
      progress: () => "ready",
    });
    return {
      run: async (input) => {
        await send(started.port, input);
        await stillAnswers(started.port, "/works");
      },
      [Symbol.asyncDispose]: async () => {
        await started.close(AbortSignal.abort());
        agent.closeAllConnections();
        agent.close();
      },
    };
  },
};
