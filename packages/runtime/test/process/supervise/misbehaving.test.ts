import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAlive } from "../../../../../test/support/process-table.ts";
import { logLine } from "../../../src/process/readiness/log-line.ts";
import { Sandbox } from "../../support/sandbox.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { Supervised, until } from "../../support/supervised.ts";

const signal = new AbortController().signal;
const MIB = 1024 * 1024;

describe("processes that misbehave", () => {
  it("300 MB of output without a newline do not fill the runtime's memory", async () => {
    const flood = "head -c 300000000 /dev/zero | tr '\\0' x; echo; echo up; exec sleep 1000";
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: {
        sidecars: [
          {
            id: "flood",
            command: ["bash", "-c", flood],
            readiness: { logLine: "^up$" },
            readySeconds: 600,
          },
        ],
      },
    });
    const boot = await sandbox.boot();
    await boot.until(
      "phase.ended",
      ({ id, status }) => id === "sidecar.flood" && status === "done",
    );
    const status = await readFile(`/proc/${boot.pid}/status`, "utf8");
    const peakKiB = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]);
    expect(peakKiB * 1024).toBeLessThan(256 * MIB);
    await boot.until("boot.ready");
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("a log keeps 64 KiB of a line that is too long, and then the next line", async () => {
    const supervised = new Supervised();
    const script = "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo up; exec sleep 1000";
    const flood = supervised.add("flood", script, { probe: logLine(/^up$/) });
    await flood.start();
    await flood.ready(signal);
    const lines = flood.log.entries().map(({ line }) => line);
    expect(lines).toHaveLength(2);
    expect(lines[0]?.length).toBeLessThan(65 * 1024);
  });

  it("grandchildren that have left group and session end with the process", async () => {
    const folder = await scratchFolder();
    const supervised = new Supervised();
    const script = `setsid bash -c 'echo $$ > daemon; exec sleep 1000' &
      until [ -s daemon ]; do sleep 0.02; done; echo up; exec sleep 1000`;
    const family = supervised.add("family", script, { cwd: folder, probe: logLine(/^up$/) });
    await family.start();
    await family.ready(signal);
    const daemon = Number(await readFile(join(folder, "daemon"), "utf8"));
    expect(isAlive(daemon)).toBe(true);
    await family.restart();
    expect(isAlive(daemon)).toBe(false);
  });

  it("zombies do not delay the end of a process", async () => {
    const supervised = new Supervised();
    const script = `exec perl -e '$| = 1; for (1..50) { fork or exit } print "up\\n"; sleep 1000'`;
    const parent = supervised.add("parent", script, { probe: logLine(/^up$/) });
    const pid = await parent.start();
    await parent.ready(signal);
    await parent.stop();
    expect(parent.state.status.id).toBe("stopped");
    expect(isAlive(pid)).toBe(false);
  });

  it("a stop and an exit at the same time end in state stopped", async () => {
    const supervised = new Supervised();
    const both = supervised.add(
      "both",
      "trap 'exit 3' TERM; echo up; while :; do sleep 0.01; done",
      {
        probe: logLine(/^up$/),
      },
    );
    const pid = await both.start();
    await both.ready(signal);
    await both.stop();
    expect(supervised.history("both")).toEqual(["starting", "running", "stopping", "stopped"]);

    const again = await both.start();
    expect(again).not.toBe(pid);
    await both.ready(signal);
    process.kill(again, "SIGKILL");
    await until(both, "crashed");
    await both.stop();
    expect(supervised.history("both").slice(-1)).toEqual(["stopped"]);
    supervised.time.advance(1_000_000);
    expect(both.state.status.id).toBe("stopped");
  });
});
