import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { probeFor } from "../../../src/process/readiness/configured-probe.ts";
import { MisbehavingServer } from "../../support/misbehaving-server.ts";
import { scratchFolder } from "../../support/scratch.ts";

const surroundings = { env: {}, stateDir: "/", workspace: "/" };
const never = new AbortController().signal;

/** Leaves the socket of a server that was killed. */
async function staleSocket(): Promise<string> {
  const path = join(await scratchFolder(), "socket");
  const dies = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, 9))`;
  await promisify(execFile)(process.execPath, ["-e", dies, path]).catch(() => {});
  expect(existsSync(path)).toBe(true);
  return path;
}

it.each([
  ["accepts a connection", undefined, "socket"],
  ["answers a path with 200", "/_ping", "http"],
])(
  "a unix socket is ready when it %s, and not by a file that a killed server left",
  async (_, path, by) => {
    const socket = await staleSocket();
    const { process } = await MisbehavingServer.start();
    const readiness = path === undefined ? { socket } : { socket, httpPath: path };
    let isReady = false;
    const wait = probeFor({ readiness }, surroundings).wait(process, never);
    void wait.then(() => {
      isReady = true;
    });
    const { unlink } = await import("node:fs/promises");
    await unlink(socket);
    expect(isReady).toBe(false);
    const server = createServer(({ url }, answer) => {
      answer.writeHead(url === "/_ping" ? 200 : 404).end();
    });
    onTestFinished(() => void server.close());
    server.listen(socket);
    expect(await wait).toMatchObject({ by });
  },
);
