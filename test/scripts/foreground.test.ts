import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";

const wrapper = join(import.meta.dirname, "../fixtures/foreground-wrapper.mjs");

/**
 * The wrapper around a program that prints each signal it gets, and ends with 7 when its stdin says `end`.
 * With `samePressMs` of Infinity every further signal is the same press, with 0 none is.
 */
function start(samePressMs: number): { child: ChildProcess; lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, [wrapper, String(samePressMs)], {
    stdio: ["pipe", "pipe", "inherit"],
    // A group of its own stands for a terminal's foreground group: `kill(-pid)` is a Ctrl-C.
    detached: true,
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  return { child, lines: lines[Symbol.asyncIterator]() };
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  return done ? "(end)" : value;
}

describe("foreground", () => {
  it("gives the program one SIGINT for a Ctrl-C that comes to the group and again from npm", async () => {
    const { child, lines } = start(Number.POSITIVE_INFINITY);
    const closed = once(child, "close");
    expect(await nextLine(lines)).toBe("program ready");
    process.kill(-Number(child.pid), "SIGINT");
    expect(await nextLine(lines)).toBe("program got SIGINT");
    process.kill(Number(child.pid), "SIGINT");
    child.kill("SIGTERM");
    expect(await nextLine(lines)).toBe("program got SIGTERM");
    child.stdin?.end("end\n");
    expect(await nextLine(lines)).toBe("program ends");
    expect(await closed).toEqual([7, null]);
  });

  it("passes a second press on: it hurries a shutdown", async () => {
    const { child, lines } = start(0);
    const closed = once(child, "close");
    expect(await nextLine(lines)).toBe("program ready");
    for (const _press of [1, 2]) {
      process.kill(-Number(child.pid), "SIGINT");
      expect(await nextLine(lines)).toBe("program got SIGINT");
    }
    child.stdin?.end("end\n");
    expect(await nextLine(lines)).toBe("program ends");
    expect(await closed).toEqual([7, null]);
  });

  it.each(["SIGTERM", "SIGHUP"] as const)(
    "passes %s on to the program and waits for its end",
    async (signal) => {
      const { child, lines } = start(0);
      const closed = once(child, "close");
      expect(await nextLine(lines)).toBe("program ready");
      child.kill(signal);
      expect(await nextLine(lines)).toBe(`program got ${signal}`);
      child.stdin?.end("end\n");
      expect(await nextLine(lines)).toBe("program ends");
      expect(await closed).toEqual([7, null]);
    },
  );
});
