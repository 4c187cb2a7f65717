import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { renderEvent } from "../../src/cli/terminal/event-line.ts";
import { renderStatus } from "../../src/cli/terminal/status-view.ts";
import { agentReportSchema } from "../../src/protocol/event.ts";
import type { ProcessStatus } from "../../src/protocol/index.ts";
import { bareEnv } from "../support/bare-env.ts";
import { ask } from "../support/http.ts";
import { sandbootBin } from "../support/sandboot.ts";
import { freePort, scratchFolder } from "../support/scratch.ts";
import { bootStarted, startStatus, tcpAt } from "../support/status.ts";

const cli = (
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
) =>
  execa(sandbootBin, args, {
    cwd: options.cwd ?? "/",
    env: { ...bareEnv(), ...options.env },
    extendEnv: false,
    reject: false,
  });

/** Runs a command for a runtime, by its socket. */
async function running() {
  const status = await startStatus();
  status.bus.emit(bootStarted);
  const run = (...args: string[]) => cli([...args, "--socket", status.socket]);
  return { ...status, run };
}

describe("sandboot status", () => {
  it("shows running processes and problems", async () => {
    const { bus, processes, run } = await running();
    bus.emit({ type: "phase.started", id: "stage" });
    const pid = await processes.add("web", "exec sleep 1000", { port: 7681 }).start();
    processes.add("idle", "true");
    bus.emit({ type: "runtime.warning", source: "events-log", message: "the disk is full" });
    const reason = "the agent is started again";
    bus.emit({ type: "bridge.changed", bridge: { gate: "holding", reason, held: 0 } });
    const { stdout, exitCode } = await run("status");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/sandbox booting, fresh, up .*, pid \d+, sandboot 1\.2\.3/);
    expect(stdout).toContain("running stage");
    expect(stdout).toMatch(new RegExp(`web +(running|starting) \\(pid ${pid}\\) +port 7681`));
    expect(stdout).toContain("! events-log: the disk is full");
    expect(stdout).toContain("! bridge: holds prompts: the agent is started again");
  });

  it("prints the whole state as JSON", async () => {
    const { bus, run } = await running();
    const { stdout } = await run("status", "--json");
    expect(JSON.parse(stdout)).toEqual(bus.state);
  });

  it("says what stands now, and apart from it when the boot was ready", async () => {
    const { bus } = await running();
    bus.emit({ type: "boot.ready", readyMs: 1_250, urls: {} });
    const look = { columns: 80, colour: false, unicode: true, links: false };
    expect(renderStatus(bus.state, Date.now(), look)).toMatch(/^sandbox ready in 1\.25 s, fresh, /);
    const unfinished = { prompts: 0, connections: 0, phases: [] };
    bus.emit({ type: "runtime.frozen", unfinished });
    const frozen = renderStatus(bus.state, Date.now(), look);
    expect(frozen).toMatch(/^sandbox frozen, ready after 1\.25 s, fresh, /);
  });

  it("does not say of a stopped agent that it is starting", async () => {
    const { bus, processes } = await running();
    const [sessionId, version, url, pid] = [null, null, null, null];
    const times = { spawnedMs: null, listeningMs: null, sessionMs: null };
    const agent = { name: "OpenCode", ...times, sessionId, version, url, pid, restarts: [] };
    bus.emit({ type: "agent.changed", agent: agentReportSchema.parse(agent) });
    const { state } = processes.add("agent", "true", { kind: "agent" });
    const look = { columns: 80, colour: false, unicode: true, links: false };
    const saidOf = (status: ProcessStatus) =>
      renderStatus({ ...bus.state, processes: [{ ...state, status }] }, Date.now(), look);
    expect(saidOf({ id: "starting", pid: 7, sinceMs: 0 })).toMatch(/OpenCode, starting$/m);
    expect(saidOf({ id: "stopped", sinceMs: 0 })).toMatch(/stopped +OpenCode$/m);
  });

  it("escapes control characters in the output of a process", () => {
    const look = { columns: 80, colour: false, unicode: true };
    const message = "\u001b[2Jgone\u0007";
    const warning = { type: "runtime.warning", source: "x", message } as const;
    const line = renderEvent({ ...warning, seq: 1, ms: 1, at: "2026-01-01T00:00:00.000Z" }, look);
    expect(line).toBe("     1 ms  runtime.warning   x: gone");
  });
});

describe("sandboot events", () => {
  it("prints the kept events as JSON lines and ends", async () => {
    const { bus, run } = await running();
    bus.emit({ type: "phase.started", id: "stage" });
    const { stdout, exitCode } = await run("events");
    expect(exitCode).toBe(0);
    expect(stdout.split("\n").map((line) => JSON.parse(line).type)).toEqual([
      "boot.started",
      "phase.started",
    ]);
  });

  it("follows until the runtime ends", async () => {
    const { bus, server, socket } = await running();
    const following = cli(["events", "--follow", "--socket", socket]);
    for await (const line of following) {
      const { type } = JSON.parse(line);
      if (type === "boot.started") bus.emit({ type: "shutdown.ended", exitCode: 0 });
      else void server[Symbol.asyncDispose]();
    }
    const { stdout, exitCode } = await following;
    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toHaveLength(2);
  });

  it("ends silently when its reader closes the pipe", async () => {
    const { socket, bus } = await running();
    for (let n = 0; n < 3_000; n++)
      bus.emit({ type: "phase.warning", id: "stage", message: `${n}` });
    const shell = `"$0" events --follow --socket "$1" | head -1; exit \${PIPESTATUS[0]}`;
    // By a socket as stdin, as execa makes one, bash guesses that rshd started it, and reads the user's ~/.bashrc.
    const { stdout, stderr } = await execa("bash", ["-c", shell, sandbootBin, socket], {
      stdin: "ignore",
    });
    expect(JSON.parse(stdout).type).toBe("boot.started");
    expect(stderr).toBe("");
  });
});

describe("sandboot logs", () => {
  it("prints the kept lines or their tail, or follows", async () => {
    const { processes, server, run, socket } = await running();
    const { log } = processes.add("web", "true");
    for (const line of ["one", "two", "three"]) log.append("stdout", line);
    expect((await run("logs", "web")).stdout).toBe("one\ntwo\nthree");
    expect((await run("logs", "web", "--tail", "1")).stdout).toBe("three");
    const json = (await run("logs", "web", "-n", "1", "--json")).stdout;
    expect(JSON.parse(json)).toMatchObject({ seq: 3, stream: "stdout", line: "three" });

    const following = cli(["logs", "web", "--follow", "-n", "1", "--socket", socket]);
    for await (const line of following) {
      if (line === "three") log.append("stdout", "four");
      else void server[Symbol.asyncDispose]();
    }
    expect((await following).stdout).toBe("three\nfour");
  });
});

describe("sandboot restart, stop, start", () => {
  it("print the new state of the process", async () => {
    const { processes, run } = await running();
    processes.add("web", "exec sleep 1000");
    expect((await run("start", "web")).stdout).toMatch(/^web: (starting|running) \(pid \d+\)$/);
    expect(JSON.parse((await run("restart", "web", "--json")).stdout).restarts).toBe(1);
    expect((await run("stop", "web")).stdout).toBe("web: stopped");
  });

  it("print why a command is refused", async () => {
    const { processes, run } = await running();
    processes.add("web", "true");
    const { exitCode, stderr } = await run("restart", "wbe");
    expect(exitCode).toBe(1);
    expect(stderr).toBe('sandboot: there is no process "wbe"; there are web');
  });
});

describe("sandboot shutdown", () => {
  it("waits for the end and prints its result", async () => {
    const { stop, bus, server, run } = await running();
    void stop.asked().then(async (reason) => {
      bus.emit({ type: "shutdown.started", reason });
      bus.emit({ type: "shutdown.ended", exitCode: 0 });
      await server[Symbol.asyncDispose]();
    });
    const { stdout, exitCode } = await run("shutdown", "--reason", "the lease is over");
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`the runtime (pid ${process.pid}) has ended with exit code 0`);
    expect(bus.since(1)).toMatchObject([{ reason: "the lease is over" }, {}]);
  });

  it("does not wait with --no-wait", async () => {
    const { stop, run } = await running();
    const { stdout } = await run("shutdown", "--no-wait");
    expect(stdout).toBe(`asked the runtime (pid ${process.pid}) to end`);
    expect(stop.stop.aborted).toBe(true);
  });
});

describe("sandboot openapi", () => {
  it("prints the same document as a runtime serves", async () => {
    const { stdout, exitCode } = await cli(["openapi"]);
    expect(exitCode).toBe(0);
    const printed = JSON.parse(stdout);
    const { socket } = await startStatus();
    const served = (await ask(socket, "/v1/openapi.json")).json() as typeof printed;
    // The sources, which this test runs, have no version.
    expect({ ...printed, info: null }).toEqual({ ...served, info: null });
  });
});

describe("a runtime is found", () => {
  it("by the environment, by the config, by the default folder", async () => {
    const { socket } = await running();
    const folder = await scratchFolder();
    await mkdir(join(folder, "elsewhere"));
    await mkdir(join(folder, ".sandboot", "state"), { recursive: true });
    await symlink(socket, join(folder, "elsewhere", "runtime.sock"));
    const config = join(folder, "mine.json");
    // A boot got by a flag what it would miss here: a token, or that it is a seed.
    await writeFile(config, '{"stateDir": "elsewhere", "bridge": {"host": "0.0.0.0"}}');

    expect((await cli(["status"], { env: { SANDBOOT_SOCKET: socket } })).exitCode).toBe(0);
    expect((await cli(["status", "--config", config])).exitCode).toBe(0);
    await symlink(socket, join(folder, ".sandboot", "state", "runtime.sock"));
    expect((await cli(["status"], { cwd: folder })).exitCode).toBe(0);
  });

  it("on its port with the token of the environment", async () => {
    const port = await freePort();
    const { bus } = await startStatus({ tcp: tcpAt(port, "open sesame") });
    bus.emit(bootStarted);
    const args = ["status", "--url", `http://127.0.0.1:${port}`];
    expect((await cli(args, { env: { SANDBOOT_TOKEN: "open sesame" } })).exitCode).toBe(0);
    const refused = await cli(args);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toBe(
      "sandboot: a bearer token is needed\n  set SANDBOOT_TOKEN to the token of the API",
    );
  });

  it("or the paths that were tried are printed", async () => {
    const folder = await scratchFolder();
    const lost = await cli(["status"], { cwd: folder });
    expect(lost.exitCode).toBe(1);
    const path = join(folder, ".sandboot", "state", "runtime.sock");
    expect(lost.stderr).toContain(
      `no runtime answers at ${path} (stateDir of the defaults): no such socket`,
    );
    expect(lost.stderr).toContain("SANDBOOT_SOCKET");
    const named = await cli(["events"], { cwd: folder, env: { SANDBOOT_SOCKET: "here.sock" } });
    expect(named.stderr).toContain(`${join(folder, "here.sock")} (SANDBOOT_SOCKET)`);
  });

  it.each([
    [["logs"], "missing required argument 'id'"],
    [["logs", "web", "--tail", "many"], "Expected a whole number from 0."],
    [["status", "--url", "localhost"], "Expected http://HOST:PORT."],
  ])("bad input ends with 2: %j", async (args, message) => {
    const { exitCode, stderr } = await cli(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
