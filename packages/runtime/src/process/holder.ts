import { readdir, readFile, readlink } from "node:fs/promises";

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
  return await findHolder(new Set((await listeningSockets(port)).map(({ name }) => name)));
}

/** Finds a process that has one of these sockets open; null when there is none, or when it belongs to another user. */
export async function findHolder(sockets: ReadonlySet<string>): Promise<PortHolder | null> {
  if (sockets.size === 0) return null;
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const open = await openSockets(pid);
    if (open !== null && [...sockets].some((socket) => open.has(socket)))
      return { pid: Number(pid), command: await commandOf(pid) };
  }
  return null;
}

/** The sockets that a process has open, as `socket:[INODE]`; null when we may not look. */
export async function openSockets(pid: number | string): Promise<ReadonlySet<string> | null> {
  let fds: string[];
  try {
    fds = await readdir(`/proc/${pid}/fd`);
  } catch (error) {
    // A process that has ended has nothing open.
    return (error as NodeJS.ErrnoException).code === "EACCES" ? null : new Set();
  }
  const links = fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""));
  return new Set((await Promise.all(links)).filter((link) => link.startsWith("socket:")));
}

/** A socket that listens on a TCP port. */
export interface ListeningSocket {
  /** As the links in `/proc/PID/fd` name it: `socket:[INODE]`. */
  readonly name: string;
  /** The address as the kernel's tables have it: hexadecimal, in groups of four bytes in the machine's byte order. */
  readonly address: string;
}

/** The sockets that listen on a port, over IPv4 and IPv6; none where the kernel's tables cannot be read. */
export async function listeningSockets(port: number): Promise<ListeningSocket[]> {
  const sockets: ListeningSocket[] = [];
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const text = await readFile(table, "latin1").catch(() => "");
    for (const row of text.split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
      const [address = "", hexPort = ""] = local.split(":");
      if (state !== LISTEN || !inode || Number.parseInt(hexPort, 16) !== port) continue;
      sockets.push({ name: `socket:[${inode}]`, address });
    }
  }
  return sockets;
}

async function commandOf(pid: string): Promise<string> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.split("\0").join(" ").trim();
}
