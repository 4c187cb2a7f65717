import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { putNodeUnderTestOnPath } from "./node-under-test.ts";
import { describe, type ProcessRow, processesWith } from "./process-table.ts";

/** What ends by itself has ended by then, on whatever machine. */
const PATIENCE_MS = 30_000;
const BETWEEN_LOOKS_MS = 50;

/** What programs that are not ours leave there: for the next of their kind, or, like VS Code's sockets, for nobody. */
const OF_OTHERS = /^(node-compile-cache|opencode|vscode-.+)$/;

/**
 * vitest's global set-up of every suite: the run gets a folder of its own for temporary files. All that a test starts has
 * that folder in its environment, as TMPDIR, or as a part of HOME. So at the end one can say what is left of the tests,
 * and the run fails when a process or a file is. Whatever is left is cleared away, also when the run itself was killed.
 */
export default function setup(): Promise<() => Promise<void>> {
  const version = putNodeUnderTestOnPath(process.env);
  if (version !== null) process.stdout.write(`what we publish runs on Node ${version}\n`);
  return beginRun({ patienceMs: PATIENCE_MS });
}

/**
 * @param options - Milliseconds that what is left has, to end by itself.
 * @returns What ends the run; it throws when tests have left something.
 */
export async function beginRun(options: {
  readonly patienceMs: number;
}): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "sandboot-"));
  // As the folder for temporary files is: some tests are other users.
  await chmod(folder, 0o1777);
  const janitor = startJanitor(folder);
  const cleared = once(janitor, "exit");
  process.env["TMPDIR"] = folder;
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

/** In a session of its own and without our environment: neither a Ctrl-C nor itself is to end it. */
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
    // Our own children are vitest's: its workers, and what watches over them. They end after this.
    const rows = processesWith(folder).filter(({ parent }) => parent !== process.pid);
    if (rows.length === 0 || performance.now() > giveUpAt) return rows;
    await delay(BETWEEN_LOOKS_MS);
  }
}
