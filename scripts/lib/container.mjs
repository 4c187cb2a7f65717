// Starts a mounted image as a container runtime does: its entrypoint as PID 1 of a PID namespace of its own, with its
// environment, user and working folder, its own /proc and root. It shares the network of whoever starts it.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { run } from "./child.mjs";

/** @typedef {import("./buildah.mjs").ImageConfig} ImageConfig */

const NAMESPACES = ["--pid", "--mount", "--ipc", "--uts"];

/** `$1` is the root; the rest is the command line. */
const ENTER = `set -e
root=$1; shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot "$root" "$@"`;

export class Container {
  /** What it has printed. */
  output = "";
  /** @type {Promise<number>} its exit code; 128 + n when signal n ended it, as a runtime reports it */
  ended;
  #process;
  #config;
  /** What makes a command one of the image's user, with the image's environment. @type {string[]} */
  #as;

  /** @param {{ root: string, config: ImageConfig, env: Record<string, string> }} options `env` goes over the image's */
  constructor({ root, config, env }) {
    const user = config.User || "root";
    const variables = { HOME: homeOf(root, user), ...environmentOf(config), ...env };
    const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const folder = config.WorkingDir || "/";
    this.#as = [
      "chroot",
      `--userspec=${user}`,
      "/",
      "env",
      "-i",
      `--chdir=${folder}`,
      ...assignments,
    ];
    this.#config = config;
    const entrypoint = [...this.#as, ...config.Entrypoint, ...(config.Cmd ?? [])];
    const enter = [...NAMESPACES, "--fork", "--kill-child", "--", "sh", "-c", ENTER, "sh", root];
    this.#process = spawn("unshare", [...enter, ...entrypoint], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk) => {
        this.output += chunk;
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("close", (code) => resolve(code ?? 1));
    });
  }

  /** PID 1, as it is seen from here; null before it has begun, and when it has ended. @returns {number | null} */
  get #init() {
    const { pid, exitCode } = this.#process;
    if (exitCode !== null) return null;
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    return child ? Number(child) : null;
  }

  /** `docker exec`. @param {string[]} command @returns {Promise<string>} */
  async exec(command) {
    const init = this.#init;
    if (init === null) throw new Error("the container does not run");
    const where = ["--target", String(init), ...NAMESPACES, "--root", "--wd", "--"];
    return run("nsenter", [...where, ...this.#as, ...command]);
  }

  /** The image's own health check. @returns {Promise<boolean>} */
  async isHealthy() {
    const [kind, ...command] = this.#config.Healthcheck?.Test ?? [];
    if (kind !== "CMD") throw new Error("the image has no health check that is a command");
    return this.exec(command).then(
      () => true,
      () => false,
    );
  }

  /** `docker stop`, without its deadline. */
  stop() {
    if (this.#init !== null) process.kill(this.#init, "SIGTERM");
  }

  /** Whatever state it is in; everything in the namespace goes with its PID 1. */
  async kill() {
    // First of all PID 1 itself: what `unshare` arranged for its end is forgotten when it becomes another user.
    if (this.#init !== null) process.kill(this.#init, "SIGKILL");
    else this.#process.kill("SIGKILL");
    await this.ended;
  }

  /** @returns {() => string[]} command lines of everything that is in its namespace, when it is called */
  processes() {
    const { pid } = this.#process;
    const namespace = readlinkSync(`/proc/${pid}/ns/pid_for_children`);
    return () =>
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name) && namespaceOf(name) === namespace)
        .map((name) => commandOf(name));
  }
}

/** @param {ImageConfig} config */
function environmentOf({ Env }) {
  return Object.fromEntries(
    Env.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

function homeOf(root, user) {
  const users = readFileSync(join(root, "etc/passwd"), "utf8").split("\n");
  return users.find((line) => line.startsWith(`${user}:`))?.split(":")[5] ?? "/";
}

function namespaceOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").join(" ").trim();
  } catch {
    return "";
  }
}
