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
  const sockets = await listeningSockets(port);
  if (sockets.size === 0) return null;
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fds = await readdir(`/proc/${name}/fd`).catch(() => []);
    for (const fd of fds) {
      const target = await readlink(`/proc/${name}/fd/${fd}`).catch(() => "");
      if (sockets.has(target)) return { pid: Number(name), command: await commandOf(name) };
    }
  }
  return null;
}

/** The sockets that listen on a port, over IPv4 and IPv6, named as the links in `/proc/PID/fd` name them. */
async function listeningSockets(port: number): Promise<Set<string>> {
  const sockets = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const text = await readFile(table, "latin1").catch(() => "");
    for (const row of text.split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
      if (state === LISTEN && inode && portOf(local) === port) sockets.add(`socket:[${inode}]`);
    }
  }
  return sockets;
}

function portOf(address: string): number {
  return Number.parseInt(address.split(":")[1] ?? "", 16);
}

async function commandOf(pid: string): Promise<string> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.split("\0").join(" ").trim();
}
