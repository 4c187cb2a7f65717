import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { onTestFinished } from "vitest";
import { bareEnv } from "./bare-env.ts";
import { freePort } from "./scratch.ts";

/** With the folder of administrators' tools, which a user's PATH often leaves out. */
const PATH = `${process.env["PATH"]}:/usr/sbin`;

/** Runs a command that sees the file `$0` as /etc/passwd. Only the command and its children see it. */
const WITH_PASSWD = [
  "unshare",
  "--mount",
  "--",
  "sh",
  "-c",
  'mount --bind "$0" /etc/passwd && exec "$@"',
] as const;

/** Whether {@link SshServer} works here: it needs root, and dropbear. */
export function canServeSsh(): boolean {
  try {
    execFileSync("unshare", ["--mount", "--", "dropbear", "-V"], {
      env: { PATH },
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

/**
 * A real SSH server on loopback, with its own host key and one authorized user: dropbear, because Debian's package of it
 * starts no service. ssh reads a user's home from /etc/passwd and not from `HOME`, so server and client run with a passwd
 * file of their own.
 */
export class SshServer {
  readonly port: number;
  /** As a line of `known_hosts`. */
  readonly hostKey: string;
  readonly #passwd: string;

  private constructor(fields: { port: number; hostKey: string; passwd: string }) {
    this.port = fields.port;
    this.hostKey = fields.hostKey;
    this.#passwd = fields.passwd;
  }

  /** @param home - The home of the present user for commands that run under {@link SshServer.under}. */
  static async start(folder: string, home: string): Promise<SshServer> {
    const [port, passwd, hostKeyFile] = [
      await freePort(),
      join(folder, "passwd"),
      join(folder, "host-key"),
    ];
    const gitHome = join(folder, "git-home");
    await mkdir(join(gitHome, ".ssh"), { recursive: true, mode: 0o700 });
    await mkdir(join(home, ".ssh"), { recursive: true, mode: 0o700 });
    const others = (await readFile("/etc/passwd", "utf8"))
      .split("\n")
      .filter((line) => !/^(root|git):/.test(line));
    await writeFile(
      passwd,
      [`root:x:0:0::${home}:/bin/sh`, `git:x:0:0::${gitHome}:/bin/sh`, ...others].join("\n"),
    );
    const identity = join(home, ".ssh/id_ed25519");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", identity]);
    await writeFile(
      join(gitHome, ".ssh/authorized_keys"),
      await readFile(`${identity}.pub`, "utf8"),
      { mode: 0o600 },
    );
    const made = ["-t", "ed25519", "-f", hostKeyFile];
    const { stdout } = await execa("dropbearkey", made, { env: { PATH } });
    const key = /^ssh-ed25519 \S+/m.exec(stdout)?.[0];
    const server = new SshServer({ port, hostKey: `[127.0.0.1]:${port} ${key}`, passwd });
    const listen = ["-F", "-E", "-s", "-r", hostKeyFile, "-p", `127.0.0.1:${port}`];
    await server.#serve([...listen, "-P", join(folder, "dropbear.pid")]);
    return server;
  }

  /** A command that runs its last arguments with this server's passwd file. */
  get under(): readonly string[] {
    return [...WITH_PASSWD, this.#passwd];
  }

  async #serve(args: readonly string[]): Promise<void> {
    const [program = "", ...rest] = [...this.under, "dropbear", ...args];
    const server: ChildProcess = spawn(program, rest, {
      env: { ...bareEnv(), PATH },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(server, "close");
    onTestFinished(async () => {
      server.kill();
      await ended;
    });
    if (server.stderr === null) return;
    const said: string[] = [];
    for await (const line of createInterface({ input: server.stderr })) {
      said.push(line);
      // dropbear prints this when it listens.
      if (line.includes("Not backgrounding")) return;
    }
    throw new Error(`no SSH server:\n${said.join("\n")}`);
  }
}

/** Adds a line to the user's `known_hosts`. */
export async function know(home: string, line: string): Promise<void> {
  await appendFile(join(home, ".ssh/known_hosts"), `${line}\n`);
}
