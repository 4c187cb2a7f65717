import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** Two pipes: a child writes, we read. Disposing closes our copies of the writing ends. */
export interface OutputPipes extends Disposable {
  /** File descriptors for the child's stdout and stderr. */
  readonly writeFds: readonly [number, number];
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/**
 * Makes real pipes for the output of shell scripts. Node itself gives a child sockets, and Linux cannot open a socket by
 * its path in `/proc`. So `echo … > /dev/stderr` and `tee /dev/stderr`, which are common in scripts, would fail with
 * ENXIO ("No such device or address"). Node has no pipe(2), so these start as named pipes. Their names are gone when this
 * returns.
 *
 * @returns null when they cannot be made (no `mkfifo`, no space for temporary files). The caller uses sockets then.
 */
export async function openPipes(): Promise<OutputPipes | null> {
  const folder = await mkdtemp(join(tmpdir(), "sandboot-pipe-")).catch(() => null);
  if (folder === null) return null;
  try {
    const names = { out: join(folder, "out"), err: join(folder, "err") };
    if (!(await makeFifos(Object.values(names)))) return null;
    const out = openBothEnds(names.out);
    const err = openBothEnds(names.err);
    return {
      writeFds: [out.writeFd, err.writeFd],
      stdout: out.readable,
      stderr: err.readable,
      [Symbol.dispose]: () => {
        closeSync(out.writeFd);
        closeSync(err.writeFd);
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function openBothEnds(path: string): { readable: Readable; writeFd: number } {
  // The reading end first, and without blocking: opening the writing end blocks until there is a reader.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeFd = openSync(path, constants.O_WRONLY);
  return { readable: new Socket({ fd, readable: true, writable: false }), writeFd };
}

async function makeFifos(paths: readonly string[]): Promise<boolean> {
  const child = spawn("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" });
  try {
    const [code] = await once(child, "exit");
    return code === 0;
  } catch {
    return false;
  }
}
