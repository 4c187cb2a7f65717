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
  const answering = socketsThatAnswer(await listeningSockets(port));
  if (answering.size === 0) return { id: "unknown" };
  // Nearly always it is the process itself. Its family costs a look at every process of the machine.
  const missing = new Set(answering);
  const isOwn = async (pids: readonly number[]): Promise<boolean> => {
    const open = await Promise.all(pids.map(openSockets));
    for (const sockets of open) for (const socket of sockets ?? []) missing.delete(socket);
    if (open.includes(null)) isHidden = true;
    return missing.size === 0;
  };
  let isHidden = false;
  // We ourselves listen in front of a program that needs a guard.
  if (await isOwn([started.pid, process.pid])) return { id: "own" };
  if (await isOwn(await started.family())) return { id: "own" };
  return isHidden ? { id: "unknown" } : { id: "foreign", holder: await findHolder(missing) };
}

/** Addresses that a connection to 127.0.0.1 reaches. The kernel takes the most exact one. */
const REACHED: readonly (readonly string[])[] = [
  // 127.0.0.1, and the same in IPv6.
  ["0100007F", "0000000000000000FFFF00000100007F"],
  // 0.0.0.0
  ["00000000"],
  // ::
  ["0".repeat(32)],
];

function socketsThatAnswer(sockets: readonly ListeningSocket[]): ReadonlySet<string> {
  for (const addresses of REACHED) {
    const found = sockets.filter(({ address }) => addresses.includes(address));
    if (found.length > 0) return new Set(found.map(({ name }) => name));
  }
  return new Set();
}
