import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { readText } from "../../../src/base/text-file.ts";
import { claimDisplay } from "../../../src/sidecars/desktop/free-display.ts";
import { displaySocket } from "../../../src/sidecars/desktop/services.ts";

/** Above what anybody else on this machine takes. */
const FIRST = 60_000 + (process.pid % 5_000);
const lock = `/tmp/.X${FIRST}-lock`;

const releases: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
  await Promise.all([lock, displaySocket(FIRST)].map((path) => rm(path, { force: true })));
});

async function claim() {
  const found = await claimDisplay(readText, FIRST);
  if (found !== null) releases.push(() => found.release());
  return found?.display;
}

async function listen(path: string) {
  await mkdir("/tmp/.X11-unix", { recursive: true });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ path }, () => resolve()));
  releases.push(() => new Promise((resolve) => server.close(resolve)));
}

describe("a free display", () => {
  it("is another one for each sandbox, and free again when it is released", async () => {
    expect([await claim(), await claim()]).toEqual([FIRST, FIRST + 1]);
    await releases.shift()?.();
    expect(await claim()).toBe(FIRST);
  });

  it.each([
    ["at a path", displaySocket(FIRST)],
    ["in the kernel alone, from a container with another /tmp", `\0${displaySocket(FIRST)}`],
  ])("is none on which a server listens %s", async (_, path) => {
    await listen(path);
    expect(await claim()).toBe(FIRST + 1);
  });

  it("is one that a killed server has locked, although its pid is another program's now", async () => {
    await mkdir("/tmp/.X11-unix", { recursive: true });
    await writeFile(lock, `${String(process.pid).padStart(10)}\n`);
    await writeFile(displaySocket(FIRST), "");
    expect(await claim()).toBe(FIRST);
    expect([existsSync(lock), existsSync(displaySocket(FIRST))]).toEqual([false, false]);
  });

  it("is none whose lock cannot be removed", async () => {
    await mkdir(lock);
    releases.push(() => rm(lock, { recursive: true }));
    expect(await claim()).toBe(FIRST + 1);
  });
});
