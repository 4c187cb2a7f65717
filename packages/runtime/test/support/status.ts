import { join } from "node:path";
import { onTestFinished } from "vitest";
import { processClock } from "../../src/base/clock.ts";
import { controlOf } from "../../src/boot/control.ts";
import { RetryAdmission } from "../../src/boot/recovery/retry-admission.ts";
import { StopRequest } from "../../src/boot/stop.ts";
import { EventBus } from "../../src/observe/events/bus.ts";
import {
  type StatusPort,
  StatusServer,
  type StatusServerOptions,
} from "../../src/observe/status/server.ts";
import type { EventBody } from "../../src/protocol/index.ts";
import { scratchFolder } from "./scratch.ts";
import { Supervised } from "./supervised.ts";

export interface RunningStatus {
  readonly socket: string;
  readonly historyFolder: string;
  readonly bus: EventBus;
  readonly processes: Supervised;
  readonly stop: StopRequest;
  readonly server: StatusServer;
}

/** Starts a status server with an event bus and a supervisor, all real, but without a boot. */
export async function startStatus(
  options: Partial<StatusServerOptions> & { readonly capacity?: number } = {},
): Promise<RunningStatus> {
  const folder = await scratchFolder();
  const { capacity } = options;
  const bus = new EventBus({
    clock: processClock,
    redact: (value) => value,
    ...(capacity !== undefined && { capacity }),
  });
  const processes = new Supervised({ emit: (event) => bus.emit(event) });
  const stop = new StopRequest();
  const retries = new RetryAdmission();
  const socket = join(folder, "runtime.sock");
  const historyFolder = join(folder, "history");
  const server = new StatusServer({
    control: controlOf({
      bus,
      supervisor: processes.supervisor,
      stop,
      historyFolder,
      retries,
      adopts: null,
      pauses: () => Promise.reject(new Error("there is no sandbox to pause")),
      isFrozen: () => false,
      gitCredentials: { answer: async () => ({ credential: null, reason: "a test has none" }) },
    }),
    socketPath: socket,
    tcp: null,
    ...options,
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  await server.listenOnSocket();
  await server.listenOnPort();
  return { socket, historyFolder, bus, processes, stop, server };
}

export const bootStarted = {
  type: "boot.started",
  runtimeVersion: "1.2.3",
  pid: process.pid,
  startedAt: "2026-03-04T05:06:07.000Z",
  sandboxId: null,
  mode: "fresh",
  phases: [
    { id: "stage", title: "Stage", needs: [], where: "workers", required: true },
    { id: "ready", title: "Ready", needs: ["stage"], where: "main", required: true },
  ],
} satisfies EventBody;

/** The options of a status port on loopback, which asks for a token. */
export function tcpAt(port: number, token: string): StatusPort {
  return {
    host: "127.0.0.1",
    port,
    token: () => token,
    mayBind: () => false,
    mayMeasure: () => false,
  };
}
