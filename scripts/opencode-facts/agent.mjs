// A real OpenCode with a home of its own, by hand: nothing of sandboot is between it and a fact.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { run } from "../lib/child.mjs";

const LISTENING = /opencode server listening on/;

/** A last resort: an install on a busy machine takes minutes. */
const PATIENCE_MS = 600_000;

class Agent {
  #child;
  #port;
  #listening;

  /** @param {{ program: string, folder: string, port: number, env?: Record<string, string> }} options */
  constructor({ program, folder, port, env = {} }) {
    this.home = join(folder, "home");
    this.#port = port;
    this.#child = spawn(program, ["serve", "--hostname", "127.0.0.1", "--port", String(port)], {
      cwd: join(folder, "neutral"),
      env: {
        PATH: process.env.PATH,
        HOME: this.home,
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        ...env,
      },
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#listening = this.#firstLine();
  }

  /** Resolves when it has printed that it listens. */
  listening() {
    return this.#listening;
  }

  async #firstLine() {
    for await (const line of createInterface({ input: this.#child.stdout })) {
      if (LISTENING.test(line)) return;
    }
    throw new Error("OpenCode ended before it listened");
  }

  /**
   * @param {string} path
   * @param {{ method?: string, directory?: string, body?: object, patienceMs?: number }} [request] `directory`: the
   *   folder that it is about
   * @returns {Promise<{ status: number, body: any, ms: number }>}
   */
  async ask(path, { method = "GET", directory, body, patienceMs = PATIENCE_MS } = {}) {
    const startedAt = performance.now();
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: {
        ...(directory !== undefined && { "x-opencode-directory": encodeURIComponent(directory) }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await answer.text();
    return { status: answer.status, body: parse(text), ms: performance.now() - startedAt };
  }

  /** Everything that it has logged so far. */
  async log() {
    const folder = join(this.home, ".local/share/opencode/log");
    const files = await readdir(folder);
    return (await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")))).join("");
  }

  async end() {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
}

/**
 * Runs OpenCode for as long as `use` takes.
 *
 * @template T
 * @param {{ program: string, folder: string, env?: Record<string, string> }} options `folder`: for its home and the folder it is
 *   started in
 * @param {(agent: Agent) => Promise<T>} use
 * @returns {Promise<T>} what `use` returned
 */
export async function withAgent(options, use) {
  await mkdir(join(options.folder, "home"), { recursive: true });
  await mkdir(join(options.folder, "neutral"), { recursive: true });
  const agent = new Agent({ ...options, port: await freePort() });
  try {
    return await use(agent);
  } finally {
    await agent.end();
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @returns {Promise<number>} */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/**
 * A repository with one commit.
 *
 * @param {string} folder
 * @param {Record<string, string>} files by their path
 */
export async function makeRepository(folder, files) {
  await writeFiles(folder, files);
  const git = (...args) => run("git", ["-C", folder, ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  const who = ["-c", "user.name=facts", "-c", "user.email=facts@localhost"];
  await git(...who, "commit", "--quiet", "--message=facts");
  return folder;
}

/** @param {string} folder @param {Record<string, string>} files by their path */
export async function writeFiles(folder, files) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
