import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { processClock } from "../../src/base/clock.ts";
import { NO_GRACE } from "../../src/process/grace.ts";
import { listenerOn } from "../../src/process/listener.ts";
import { ProcessLog } from "../../src/process/process-log.ts";
import { tcp } from "../../src/process/readiness/tcp.ts";
import { spawnProcess } from "../../src/process/spawn.ts";
import { bareEnv } from "../support/bare-env.ts";
import { freePort, scratchFolder } from "../support/scratch.ts";
import { serve } from "../support/serve.ts";
import { policy, Supervised, until } from "../support/supervised.ts";

const listen = (port: number, host: string) =>
  `exec node -e 'require("net").createServer().listen(${port}, "${host}")'`;

function start(script: string) {
  const started = spawnProcess({
    command: "bash",
    args: ["-c", script],
    cwd: "/",
    env: bareEnv(),
    log: new ProcessLog({ clock: processClock }),
  });
  onTestFinished(async () => {
    await started.terminate(NO_GRACE);
  });
  return started;
}

async function accepts(port: number, started: ReturnType<typeof start>) {
  await tcp("127.0.0.1", port).wait(started, new AbortController().signal);
}

describe("C14: who listens on a port", () => {
  it.each(["127.0.0.1", "0.0.0.0", "::"])("is the process, on %s", async (host) => {
    const port = await freePort();
    const started = start(listen(port, host));
    await accepts(port, started);
    expect(await listenerOn(port, started)).toEqual({ id: "own" });
  });

  it("may be a daemon that it has started", async () => {
    const port = await freePort();
    const started = start(
      `setsid bash -c '${listen(port, "127.0.0.1").replaceAll("'", `'"'"'`)}' & exec sleep 1000`,
    );
    await accepts(port, started);
    expect(await listenerOn(port, started)).toEqual({ id: "own" });
  });

  it("is foreign when another process has the port, also where ours listens on all addresses", async () => {
    const port = await freePort();
    const other = start(listen(port, "127.0.0.1"));
    await accepts(port, other);
    const holder = { pid: other.pid, command: expect.stringContaining("createServer") };
    expect(await listenerOn(port, start("exec sleep 1000"))).toEqual({ id: "foreign", holder });
    // The kernel gives a connection to the more exact address.
    const ours = start(
      `exec node -e 'require("net").createServer().listen({ port: ${port}, host: "::", ipv6Only: true }, () => console.log("up"))'`,
    );
    await new Promise((resolve) => ours.onLine(resolve));
    expect(await listenerOn(port, ours)).toEqual({ id: "foreign", holder });
  });

  it("is unknown when nobody listens", async () => {
    const port = await freePort();
    expect(await listenerOn(port, start("exec sleep 1000"))).toEqual({ id: "unknown" });
  });

  it("may be ourselves, in front of the process", async () => {
    const port = await serve(createServer());
    expect(await listenerOn(port, start("exec sleep 1000"))).toEqual({ id: "own" });
  });
});

describe("C14: a restarted process", () => {
  it("is not ready when another process answers on its port", async () => {
    const port = await freePort();
    const { add, supervisor, time } = new Supervised();
    const cwd = await scratchFolder();
    const process = add(
      "web",
      `[ -e once ] && exec sleep 1000; touch once; ${listen(port, "127.0.0.1")}`,
      {
        cwd,
        port,
        probe: tcp("127.0.0.1", port),
        restart: { ...policy, maxRestarts: 1 },
      },
    );
    await process.start();
    const { pid } = await until(process, "running");
    globalThis.process.kill(pid, "SIGKILL");
    await until(process, "backoff");
    time.advance(1_000);
    await until(process, "starting");
    const other = start(listen(port, "127.0.0.1"));
    const { reason } = await until(process, "failed");
    expect(reason).toContain(`does not listen on port ${port}: `);
    expect(reason).toContain(`(pid ${other.pid}) does`);
    await supervisor.stopAll();
  });
});
