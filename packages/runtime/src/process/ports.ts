import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { PhaseFailure } from "../graph/phase.ts";

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/**
 * Fails when somebody listens on a port of ours already: to start into that would talk to the wrong program.
 *
 * @param key - The config key that gave the port, for the message.
 * @throws PhaseFailure `port-in-use` that names the port and who holds it.
 */
export async function assertPortFree(port: number, key: string): Promise<void> {
  const server = createServer();
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    server.once("error", resolve);
    server.listen(port, "127.0.0.1", () => resolve(null));
  });
  if (error === null) {
    await new Promise((resolve) => server.close(resolve));
    return;
  }
  if (error.code !== "EADDRINUSE") throw error;
  throw await portInUse(port, key);
}

/** The failure that says who holds a port. */
export async function portInUse(port: number, key: string): Promise<PhaseFailure> {
  const holder = await findPortHolder(port);
  const by =
    holder === null ? "a process that cannot be seen" : `${holder.command} (pid ${holder.pid})`;
  return new PhaseFailure({
    code: "port-in-use",
    message: `port ${port} (${key}) is in use by ${by}`,
    hint: `end that process, or set ${key} to another port`,
    detail: { port, key, holder: holder === null ? null : { ...holder } },
  });
}

/** Who listens on a TCP port of this machine; null when nobody does, or it is not ours to see. */
async function findPortHolder(port: number): Promise<PortHolder | null> {
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const text = await readFile(table, "latin1").catch(() => "");
    for (const row of text.split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
      // 0A is LISTEN (include/net/tcp_states.h).
      if (state === "0A" && Number.parseInt(local.split(":")[1] ?? "", 16) === port && inode) {
        inodes.add(`socket:[${inode}]`);
      }
    }
  }
  if (inodes.size === 0) return null;
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fds = await readdir(`/proc/${name}/fd`).catch(() => []);
    for (const fd of fds) {
      const target = await readlink(`/proc/${name}/fd/${fd}`).catch(() => "");
      if (!inodes.has(target)) continue;
      const command = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
      return { pid: Number(name), command: command.split("\0").join(" ").trim() };
    }
  }
  return null;
}
