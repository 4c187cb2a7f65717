import { setTimeout as delay } from "node:timers/promises";
import {
  findHolder,
  type ListeningSocket,
  listeningSockets,
  openSockets,
  type PortHolder,
} from "./holder.ts";

/** Who accepts connections on a port of loopback. */
export type Listener =
  | { readonly id: "own" }
  /** `holder` is null when it is a process of another user. */
  | { readonly id: "foreign"; readonly holder: PortHolder | null }
  /** Nobody listens there that we can see, or we may not look into the process (docs/security.md). */
  | { readonly id: "unknown" };

/** A process that was started to listen. */
export interface Started {
  readonly pid: number;
  /** It, and all that it has started. */
  family(): Promise<readonly number[]>;
}

/** A program may hand its socket to another one while we look. Then the second look finds it. */
const LOOK_AGAIN_MS = 20;

/**
 * Tells whether what answers on 127.0.0.1:PORT is what was started (C14). An answer proves nothing: an earlier process may
 * have bound the port, and ours found it taken. The kernel's tables say which socket listens, and `/proc/PID/fd` who has it.
 * Linux only.
 */
export async function listenerOn(port: number, started: Started): Promise<Listener> {
  const first = await lookAt(port, started);
  if (first.id !== "foreign") return first;
  await delay(LOOK_AGAIN_MS);
  return await lookAt(port, started);
}

async function lookAt(port: number, started: Started): Promise<Listener> {
  const answering = await socketsThatAnswer(port);
  if (answering.size === 0) return { id: "unknown" };
  // Nearly always it is the process itself. Its family costs a look at every process of the machine.
  const missing = new Set(answering);
  let isHidden = false;
  const isOwn = (pids: readonly number[]): boolean => {
    for (const pid of pids) {
      const sockets = openSockets(pid);
      if (sockets === null) isHidden = true;
      for (const socket of sockets ?? []) missing.delete(socket);
    }
    return missing.size === 0;
  };
  // We ourselves listen in front of a program that needs a guard.
  if (isOwn([started.pid, process.pid])) return { id: "own" };
  if (isOwn(await started.family())) return { id: "own" };
  return isHidden ? { id: "unknown" } : { id: "foreign", holder: await findHolder(missing) };
}

/** Addresses that a connection to 127.0.0.1 reaches. The kernel takes the most exact one. */
const LOOPBACK = "0100007F";
const REACHED: readonly string[] = [
  LOOPBACK,
  // The same in IPv6, 0.0.0.0, ::
  "0000000000000000FFFF00000100007F",
  "00000000",
  "0".repeat(32),
];

async function socketsThatAnswer(port: number): Promise<ReadonlySet<string>> {
  const v4 = await listeningSockets(port, "tcp");
  const exact = named(v4, LOOPBACK);
  // The second table takes as long as the first one, and mostly does not matter.
  if (exact.length > 0) return new Set(exact);
  const all = [...v4, ...(await listeningSockets(port, "tcp6"))];
  return new Set(REACHED.map((address) => named(all, address)).find(({ length }) => length > 0));
}

function named(sockets: readonly ListeningSocket[], wanted: string): string[] {
  return sockets.flatMap(({ name, address }) => (address === wanted ? [name] : []));
}
