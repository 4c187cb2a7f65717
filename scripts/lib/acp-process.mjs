// An agent that speaks ACP on its standard streams, for scripts: requests in, responses out.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** @typedef {{ result?: any, error?: { code: number, message: string, data?: unknown } }} Response */

/** Of Linux, for what it tells programs: `getconf CLK_TCK`. */
const TICKS_PER_SECOND = 100;

/** @param {string} pid @returns {string[]} the fields after the name, from the state on; none when it has ended */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

export class AcpProcess {
  /** @type {Map<number, (response: Response) => void>} */
  #pending = new Map();
  #lastId = 0;

  /**
   * @param {readonly string[]} command
   * @param {{ cwd: string, env: Record<string, string | undefined> }} options
   */
  constructor([program = "", ...args], { cwd, env }) {
    // A group of its own: an agent may leave programs behind.
    this.child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    createInterface({ input: this.child.stdout }).on("line", (line) => this.#hear(line));
    this.child.once("exit", (code, signal) => {
      const error = { code: 0, message: `the agent ended (${signal ?? code})` };
      for (const answer of this.#pending.values()) answer({ error });
    });
  }

  /** @param {string} method @param {object} params @returns {Promise<Response>} */
  request(method, params) {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  }

  /**
   * What it and its group have used so far, in seconds of CPU: unlike the time that passes, this does not depend on what else
   * the machine does.
   */
  cpuSeconds() {
    let ticks = 0;
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const [, , group, ...rest] = statOf(name);
      // utime, stime, and those of its children that have ended (proc_pid_stat(5)).
      if (Number(group) !== this.child.pid) continue;
      ticks += rest.slice(8, 12).reduce((sum, value) => sum + Number(value), 0);
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** Ends it and its group. */
  async end() {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      process.kill(-(child.pid ?? 0), "SIGKILL");
      await ended;
    }
  }

  /** @param {string} line */
  #hear(line) {
    const message = JSON.parse(line);
    if (message.method !== undefined) return;
    this.#pending.get(message.id)?.(message);
    this.#pending.delete(message.id);
  }
}
