import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/** LISTEN, as `/proc/net/tcp` writes it (include/net/tcp_states.h). */
const LISTEN = "0A";

/**
 * Finds the process that listens on a TCP port of this machine. Linux only (`/proc`).
 *
 * @returns null when there is none, and when it belongs to another user: the kernel does not show us its open files.
 */
export async function findPortHolder(port: number): Promise<PortHolder | null> {
  const tables = [listeningSockets(port, "tcp"), listeningSockets(port, "tcp6")];
  const sockets = (await Promise.all(tables)).flat();
  return await findHolder(new Set(sockets.map(({ name }) => name)));
}

/** Finds a process that has one of these sockets open; null when there is none, or when it belongs to another user. */
export async function findHolder(sockets: ReadonlySet<string>): Promise<PortHolder | null> {
  if (sockets.size === 0) return null;
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const open = openSockets(pid);
    if (open !== null && [...sockets].some((socket) => open.has(socket)))
      return { pid: Number(pid), command: commandOf(pid) };
  }
  return null;
}

/**
 * The sockets that a process has open, as `socket:[INODE]`; null when we may not look. Synchronous: the way to the thread pool
 * and back takes ten times as long as the kernel needs.
 */
export function openSockets(pid: number | string): ReadonlySet<string> | null {
  let fds: string[];
  try {
    fds = readdirSync(`/proc/${pid}/fd`);
  } catch (error) {
    // A process that has ended has nothing open.
    return (error as NodeJS.ErrnoException).code === "EACCES" ? null : new Set();
  }
  return new Set(fds.map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed in the meantime.
    return "";
  }
}

/** A socket that listens on a TCP port. */
export interface ListeningSocket {
  /** As the links in `/proc/PID/fd` name it: `socket:[INODE]`. */
  readonly name: string;
  /** The address as the kernel's tables have it: hexadecimal, in groups of four bytes in the machine's byte order. */
  readonly address: string;
}

/**
 * The sockets that listen on a port; none where the kernel's table cannot be read. The kernel goes through the connections
 * of the whole machine for that, which may take 10 ms: in the thread pool.
 */
export async function listeningSockets(
  port: number,
  table: "tcp" | "tcp6",
): Promise<ListeningSocket[]> {
  const text = await readFile(`/proc/net/${table}`, "latin1").catch(() => "");
  const sockets: ListeningSocket[] = [];
  for (const row of text.split("\n").slice(1)) {
    const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
    const [address = "", hexPort = ""] = local.split(":");
    if (state !== LISTEN || !inode || Number.parseInt(hexPort, 16) !== port) continue;
    sockets.push({ name: `socket:[${inode}]`, address });
  }
  return sockets;
}

/** The command line of a process; empty when it has ended. */
export function commandOf(pid: number | string): string {
  return textOf(`/proc/${pid}/cmdline`).split("\0").join(" ").trim();
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
