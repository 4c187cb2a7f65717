// Runs containers by runc, as a container engine does, with what a careful pod has: its program as PID 1 of namespaces of
// its own, a user without privileges, a root that cannot be written, volumes where it writes, the engines' seccomp profile.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./child.mjs";
import { defaultSeccomp } from "./seccomp.mjs";

/**
 * What a container is.
 *
 * @typedef {object} ContainerOptions
 * @property {string} folder of this container alone; it is not removed
 * @property {string} root the root file system; missing folders for mounts are made in it
 * @property {string[]} command with its arguments
 * @property {Record<string, string>} env
 * @property {string} cwd
 * @property {{ uid: number, gid: number }} user
 * @property {Record<string, string>} [shown] files and folders of this machine, read-only, by their place in the container
 * @property {Record<string, string>} [volumes] the same, but the container may write there
 * @property {string[]} [scratch] empty folders in memory, which are the user's
 * @property {boolean} [ownNetwork] with nothing in it but loopback; else that of whoever starts it
 */

const NAMESPACES = ["pid", "ipc", "uts", "mount", "cgroup"];
const CAPABILITY_SETS = ["bounding", "effective", "inheritable", "permitted", "ambient"];

/** What of the kernel a container does not see or change, as with Docker. */
const MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/sched_debug", "/sys/firmware"];
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/**
 * The bundle's config.json. It sets no limits of resources, which runc may not do everywhere.
 *
 * @param {ContainerOptions} options
 * @see https://github.com/opencontainers/runtime-spec/blob/v1.0.2/config.md
 */
function specOf({
  root,
  command,
  env,
  cwd,
  user,
  shown = {},
  volumes = {},
  scratch = [],
  ownNetwork,
}) {
  const binds = (places, access) =>
    Object.entries(places).map(([destination, source]) => ({
      destination,
      source,
      type: "bind",
      options: ["rbind", access],
    }));
  const memory = (destination, ...options) => ({
    destination,
    source: "tmpfs",
    type: "tmpfs",
    options: ["nosuid", "nodev", ...options],
  });
  const seccomp = defaultSeccomp();
  return {
    ociVersion: "1.0.2",
    hostname: "sandbox",
    process: {
      args: command,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd,
      user,
      capabilities: Object.fromEntries(CAPABILITY_SETS.map((set) => [set, []])),
      noNewPrivileges: true,
    },
    root: { path: root, readonly: true },
    mounts: [
      { destination: "/proc", source: "proc", type: "proc" },
      { ...memory("/dev", "mode=755"), options: ["nosuid", "strictatime", "mode=755"] },
      {
        destination: "/dev/pts",
        source: "devpts",
        type: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
      },
      memory("/dev/shm", "noexec", "mode=1777"),
      ...binds(shown, "ro"),
      ...binds(volumes, "rw"),
      ...scratch.map((destination) => memory(destination, `uid=${user.uid}`, `gid=${user.gid}`)),
    ],
    linux: {
      namespaces: [...NAMESPACES, ...(ownNetwork ? ["network"] : [])].map((type) => ({ type })),
      maskedPaths: MASKED,
      readonlyPaths: READ_ONLY,
      ...(seccomp !== null && { seccomp }),
    },
  };
}

export class Container {
  /** What it has printed. */
  output = "";
  /** @type {Promise<number>} its exit code; 128 + n when signal n ended it */
  ended;
  #name;
  #runc;
  #process;

  /** @param {ContainerOptions} options @returns {Promise<Container>} one that begins to run */
  static async start(options) {
    const bundle = join(options.folder, "bundle");
    await mkdir(bundle, { recursive: true });
    await mkdir(options.root, { recursive: true });
    await writeFile(join(bundle, "config.json"), JSON.stringify(specOf(options)));
    return new Container(options.folder, bundle);
  }

  /** For {@link Container.start}. @param {string} folder @param {string} bundle */
  constructor(folder, bundle) {
    // Names of cgroups are made of it, and those are the machine's.
    this.#name = `sandboot-${process.pid}-${folder.replaceAll(/\W/g, "-").slice(-80)}`;
    this.#runc = ["--root", join(folder, "runc")];
    this.#process = spawn("runc", [...this.#runc, "run", "--bundle", bundle, this.#name], {
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

  /**
   * `docker exec -i`: as the container's user, with its environment.
   *
   * @param {string[]} command
   * @param {{ input?: string }} [options] `input`: for its stdin
   * @returns {Promise<string>} its stdout
   */
  exec(command, options = {}) {
    return run("runc", [...this.#runc, "exec", this.#name, ...command], options);
  }

  /** The exit code of a command in the container is 0. @param {string[]} command @returns {Promise<boolean>} */
  succeeds(command) {
    return this.exec(command).then(
      () => true,
      () => false,
    );
  }

  /** PID 1, as it is seen from here. @returns {Promise<number>} */
  async init() {
    const { pid } = JSON.parse(await run("runc", [...this.#runc, "state", this.#name]));
    return pid;
  }

  /**
   * @returns {Promise<() => { command: string, zombie: boolean }[]>} all processes of its PID namespace, when it is called; the
   *   namespace may have ended by then
   */
  async processes() {
    const namespace = namespaceOf(await this.init());
    return () =>
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name) && namespaceOf(name) === namespace)
        .map((pid) => ({
          command: readProc(pid, "cmdline").split("\0").join(" ").trim(),
          zombie: /^State:\tZ/m.test(readProc(pid, "status")),
        }));
  }

  /** `docker stop`, without its deadline: runc passes the signal on to PID 1. */
  stop() {
    this.#process.kill("SIGTERM");
  }

  /** Whatever state it is in; everything in its PID namespace goes with its PID 1. */
  async kill() {
    const remove = () => run("runc", [...this.#runc, "delete", "--force", this.#name]);
    await remove();
    // It was perhaps not there yet.
    this.#process.kill("SIGKILL");
    await this.ended;
    await remove();
  }
}

function namespaceOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}

/** Empty when the process has ended. */
function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
