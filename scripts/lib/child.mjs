// Child processes for the scripts: captured, streamed, or given the terminal.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { stripVTControlCharacters } from "node:util";

/** A command that could not be run or did not succeed; carries everything it printed. */
export class CommandError extends Error {
  /** @param {string} command @param {string} outcome @param {string} output */
  constructor(command, outcome, output) {
    super(`${command} ${outcome}`);
    this.output = output;
  }
}

/**
 * Runs a command without showing its output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions & { input?: string }} [options] `input`: for its stdin
 * @returns {Promise<string>} its stdout
 * @throws {CommandError} with stdout and stderr, when it cannot start or does not exit with 0
 */
export function run(command, args, { input, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    // Whoever does not read to its end says why by an exit code.
    child.stdin.on("error", () => {}).end(input);
    let stdout = "";
    let all = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      stdout += chunk;
      all += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      all += chunk;
    });
    const described = [command, ...args].join(" ");
    child.once("error", (error) => reject(new CommandError(described, error.message, all)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new CommandError(described, outcomeOf(code, signal), all));
    });
  });
}

/**
 * Runs a command with our own stdin, stdout and stderr.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it
 * @throws {CommandError} when it cannot start
 */
export function stream(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: "inherit" });
    child.once("error", (error) => reject(new CommandError(command, error.message, "")));
    child.once("close", (code, signal) => resolve(exitCodeOf(code, signal)));
  });
}

/** How much of a command's stderr we keep. */
const KEPT_CHARACTERS = 4000;
const KEPT_LINES = 12;
/** How long we wait for the end of its stderr after its own end: a process that it has left may hold it open. */
const HELD_OPEN_MS = 500;

/**
 * Like {@link stream}, and keeps the end of what the command says on stderr.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<{ exitCode: number, errorLines: string[] }>} without colours, empty lines and stack frames
 * @throws {CommandError} when it cannot start
 */
export function streamKeepingErrors(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["inherit", "inherit", "pipe"] });
    let kept = "";
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      process.stderr.write(chunk);
      kept = (kept + chunk).slice(-KEPT_CHARACTERS);
    });
    child.once("error", (error) => reject(new CommandError(command, error.message, "")));
    child.once("exit", (code, signal) => {
      const end = () => {
        child.stderr.destroy();
        const lines = stripVTControlCharacters(kept).split("\n").filter(saysSomething);
        resolve({ exitCode: exitCodeOf(code, signal), errorLines: lines.slice(-KEPT_LINES) });
      };
      const giveUp = setTimeout(end, HELD_OPEN_MS);
      child.once("close", () => {
        clearTimeout(giveUp);
        end();
      });
    });
  });
}

/** @param {string} line */
const saysSomething = (line) => line.trim() !== "" && !/^\s+at /.test(line);

// A Ctrl-C reaches us twice: from the terminal, and once more from npm, which passes on what it got. Nobody presses
// a key twice within this time.
const SAME_PRESS_MS = 100;
const PASSED_ON = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Runs a command in the foreground on behalf of whoever started us, and ends with it. The command gets a session of
 * its own, so that it sees each signal once, from us, whether it came from a terminal, from npm or from `kill`.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @param {{ samePressMs?: number }} [signals] within which time the same signal again is the same press
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it
 * @throws {CommandError} when it cannot start
 */
export async function foreground(
  command,
  args,
  options = {},
  { samePressMs = SAME_PRESS_MS } = {},
) {
  const child = spawn(command, args, { ...options, stdio: "inherit", detached: true });
  /** @type {Map<string, number>} */
  const lastSeenMs = new Map();
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    const nowMs = performance.now();
    const samePress = nowMs - (lastSeenMs.get(signal) ?? -Infinity) < samePressMs;
    lastSeenMs.set(signal, nowMs);
    if (!samePress) child.kill(signal);
  };
  const resized = () => child.kill("SIGWINCH");
  for (const signal of PASSED_ON) process.on(signal, passOn);
  process.on("SIGWINCH", resized);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", (error) => reject(new CommandError(command, error.message, "")));
      child.once("close", (code, signal) => resolve(exitCodeOf(code, signal)));
    });
  } finally {
    for (const signal of PASSED_ON) process.off(signal, passOn);
    process.off("SIGWINCH", resized);
  }
}

function exitCodeOf(code, signal) {
  return signal === null ? code : 128 + constants.signals[signal];
}

function outcomeOf(code, signal) {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
