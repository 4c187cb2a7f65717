import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { putNodeUnderTestOnPath } from "./node-under-test.ts";
import { describe, type ProcessRow, processesWith } from "./process-table.ts";

/** How long processes may take to end by themselves; enough on any machine. */
const PATIENCE_MS = 30_000;
const BETWEEN_LOOKS_MS = 50;

/**
 * What programs that are not ours leave there: for the next of their kind, or, like VS Code's sockets and the native modules
 * that Bun unpacks from OpenCode, for nobody.
 */
const OF_OTHERS = /^(node-compile-cache|opencode|vscode-.+|\.[0-9a-f]{16}-[0-9a-f]{8}\.so)$/;

/**
 * vitest's global set-up of every suite. The run gets its own folder for temporary files. Every process that a test starts
 * has this folder in its environment, as TMPDIR or as a part of HOME. So the end of the run can find what the tests have
 * left, and fails when there is a process or a file. Whatever is left is removed, also when the run itself was killed.
 */
export default function setup(): Promise<() => Promise<void>> {
  const version = putNodeUnderTestOnPath(process.env);
  if (version !== null) process.stdout.write(`what we publish runs on Node ${version}\n`);
  return beginRun({ patienceMs: PATIENCE_MS });
}

/**
 * @param options - `patienceMs`: how long processes may take to end by themselves.
 * @returns The call that ends the run. It throws when tests have left something.
 */
export async function beginRun(options: {
  readonly patienceMs: number;
}): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "sandboot-"));
  // Writable for everyone, like /tmp, because some tests run programs as other users.
  await chmod(folder, 0o1777);
  const janitor = startJanitor(folder);
  const cleared = once(janitor, "exit");
  process.env["TMPDIR"] = folder;
  keepFromBashrc(process.env);
  return async () => {
    const processes = await processesLeft(folder, options.patienceMs);
    const files = (await readdir(folder)).filter((name) => !OF_OTHERS.test(name));
    janitor.ref();
    janitor.stdin.end();
    const [exitCode] = await cleared;
    const problems = [
      processes.length > 0 && `processes that tests have left:\n${describe(processes)}`,
      exitCode !== 0 && `${folder} could not be cleared away`,
      files.length > 0 && `temporary files that tests have left: ${files.join(", ")}`,
    ].filter((problem) => problem !== false);
    if (problems.length > 0) throw new Error(problems.join("\n"));
  };
}

/**
 * bash that has no other shell above it and a socket as stdin, as Node's pipes are, takes rshd for its parent and reads the
 * user's ~/.bashrc, which may say anything and take a minute: https://www.gnu.org/software/bash/manual/html_node/Bash-Startup-Files.html
 */
export function keepFromBashrc(env: NodeJS.ProcessEnv): void {
  env["SHLVL"] = "1";
}

/** In its own session, so that Ctrl-C does not end it, and without our environment, so that it does not kill itself. */
function startJanitor(folder: string): ChildProcessByStdio<Writable, null, null> {
  const program = join(import.meta.dirname, "janitor.ts");
  const janitor = spawn(process.execPath, ["--no-warnings", program], {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
  });
  janitor.unref();
  janitor.stdin.write(`${folder}\n`);
  return janitor;
}

async function processesLeft(folder: string, patienceMs: number): Promise<ProcessRow[]> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    // Our own children are vitest's workers and the janitor. They end later.
    const rows = processesWith(folder).filter(({ parent }) => parent !== process.pid);
    if (rows.length === 0 || performance.now() > giveUpAt) return rows;
    await delay(BETWEEN_LOOKS_MS);
  }
}
