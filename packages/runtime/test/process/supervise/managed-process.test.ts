import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { isAlive } from "../../../../../test/support/process-table.ts";
import { logLine } from "../../../src/process/readiness/log-line.ts";
import type { ManagedProcess } from "../../../src/process/supervise/managed-process.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { freePort, scratchFolder } from "../../support/scratch.ts";
import { policy, Supervised, until } from "../../support/supervised.ts";

const FOREVER = "echo up; exec sleep 1000";
const signal = new AbortController().signal;

describe("after a pause", () => {
  it("a process that lost its port to another one is restarted, and no other", async () => {
    const port = await freePort();
    const { time, add } = new Supervised();
    const [process_, other] = [add("server", FOREVER, { port }), add("other", FOREVER)];
    await Promise.all([process_.start(), other.start()]);
    await Promise.all([until(process_, "running"), until(other, "running")]);
    expect([await process_.isLost(), await other.isLost()]).toEqual([false, false]);
    const program = `require("net").createServer().listen(${port}, "127.0.0.1", () => console.log("up"))`;
    const holder = execa(process.execPath, ["-e", program], { reject: false });
    await once(holder.stdout, "data");
    expect([await process_.isLost(), await other.isLost()]).toEqual([true, false]);
    const { attempt } = await until(process_, "backoff");
    expect(attempt).toBe(1);
    holder.kill();
    await holder;
    time.advance(1000);
    await until(process_, "running");
  });
});

describe("restart policy", () => {
  it("a crash loop: the backoff grows, and the process is given up when the budget is spent", async () => {
    const { supervisor, time, history, ...rest } = new Supervised();
    const broken = rest.add("broken", "echo cannot >&2; exit 3");
    await broken.start();
    const waits: number[] = [];
    for (let restart = 0; restart < policy.maxRestarts; restart++) {
      const { retryAtMs, attempt } = await until(broken, "backoff");
      expect(attempt).toBe(restart + 1);
      waits.push(retryAtMs - time.nowMs);
      time.advance(retryAtMs - time.nowMs - 1);
      expect(broken.state.status.id).toBe("backoff");
      time.advance(1);
      await until(broken, "crashed");
    }
    expect(waits).toEqual([75, 150, 300]);
    const { reason } = await until(broken, "failed");
    expect(reason).toBe("restarted 3 times within 60 s, and ended with exit code 3 again");
    expect(broken.state.restarts).toBe(3);
    expect(supervisor.list().map(({ id }) => id)).toEqual(["broken"]);
    expect(history("broken").at(-1)).toBe("failed");
  });

  it("a killed process is restarted after everything it left behind has been ended", async () => {
    const folder = await scratchFolder();
    const { time, add } = new Supervised();
    const script = `sleep 1000 & echo $! > left; ${FOREVER}`;
    const process_ = add("server", script, { cwd: folder, probe: logLine(/^up$/) });
    const pid = await process_.start();
    await process_.ready(signal);
    const left = Number(await readFile(join(folder, "left"), "utf8"));
    process.kill(pid, "SIGKILL");
    await until(process_, "backoff");
    expect(isAlive(left)).toBe(false);
    time.advance(1000);
    const again = await until(process_, "running");
    expect(again.pid).not.toBe(pid);
    expect(process_.state.restarts).toBe(1);
  });

  it("never: a crash stays a crash; on-failure: exit code 0 means stopped", async () => {
    const { add, supervisor, history } = new Supervised();
    const never = add("never", "exit 1", { restart: { ...policy, when: "never" } });
    const done = add("done", "exit 0", { restart: { ...policy, when: "on-failure" } });
    const always = add("always", "exit 0");
    await Promise.all([never, done, always].map((one) => one.start()));
    await Promise.all([until(never, "crashed"), until(done, "stopped"), until(always, "backoff")]);
    await supervisor.stopAll();
    expect(history("never")).not.toContain("backoff");
  });

  it("does not apply to a process that is not supervised yet", async () => {
    const { supervisor, history } = new Supervised();
    const process_ = supervisor.add({
      id: "agent",
      kind: "agent",
      spec: () => ({ command: "bash", args: ["-c", "exit 1"], cwd: "/", env: bareEnv() }),
      probe: logLine(/never/),
      readyTimeoutMs: 1000,
      restart: policy,
      niceness: 0,
      optional: false,
      port: null,
      url: null,
    });
    await process_.start();
    await expect(process_.ready(signal)).rejects.toMatchObject({
      failure: {
        code: "process-exited",
        message: "agent ended with exit code 1 before it was ready",
      },
    });
    await process_.stop();
    expect(history("agent")).toEqual(["starting", "crashed", "stopping", "stopped"]);
  });

  it("a process that lives but does not become ready in time is ended, and counts as crashed", async () => {
    const { time, add } = new Supervised();
    const slow = add("slow", "echo here I am; exec sleep 1000", {
      probe: logLine(/never/),
      readyTimeoutMs: 2000,
    });
    const pid = await slow.start();
    const ready = slow.ready(signal);
    time.advance(2000);
    await expect(ready).rejects.toMatchObject({
      failure: { code: "ready-timeout", message: "slow was not ready within 2 s" },
    });
    await until(slow, "backoff");
    expect(isAlive(pid)).toBe(false);
  });
});

describe("commands", () => {
  it("start, stop and restart from every state", async () => {
    const folder = await scratchFolder();
    const { add, time } = new Supervised();
    const process_ = add("server", `[ -e broken ] && exit 1; ${FOREVER}`, { cwd: folder });
    await process_.stop();
    expect(process_.state.status.id).toBe("idle");
    const first = await process_.restart();
    expect(process_.state.restarts).toBe(0);
    expect(await process_.start()).toBe(first);
    const second = await process_.restart();
    expect(second).not.toBe(first);
    expect(isAlive(first)).toBe(false);
    expect(process_.state.restarts).toBe(1);
    await process_.stop();
    expect(process_.state.status.id).toBe("stopped");

    await writeFile(join(folder, "broken"), "");
    await process_.start();
    await until(process_, "backoff");
    await process_.stop();
    expect(process_.state.status.id).toBe("stopped");
    time.advance(100_000);
    expect(process_.state.status.id).toBe("stopped");

    await process_.start();
    for (let count = 0; count < policy.maxRestarts; count++) {
      await until(process_, "backoff");
      time.advance(10_000);
      await until(process_, "crashed");
    }
    await until(process_, "failed");
    await process_.start();
    // A start by command begins a new budget.
    expect((await until(process_, "backoff")).attempt).toBe(1);
  });

  it("ready() goes on waiting when a command restarts the process", async () => {
    const folder = await scratchFolder();
    const { add } = new Supervised();
    const script = "[ -e good ] && echo good; exec sleep 1000";
    const process_ = add("server", script, { cwd: folder, probe: logLine(/^good$/) });
    await process_.start();
    const ready = process_.ready(signal);
    await writeFile(join(folder, "good"), "");
    await process_.restart();
    expect(await ready).toMatchObject({ by: "log-line" });
  });

  it("simultaneous commands are carried out one after the other, in their order", async () => {
    const { add, history } = new Supervised();
    const process_ = add("server", FOREVER, { probe: logLine(/never/) });
    await Promise.all([
      process_.start(),
      process_.restart(),
      process_.stop(),
      process_.restart(),
      process_.stop(),
      process_.start(),
    ]);
    const life = ["starting", "stopping"];
    expect(history("server")).toEqual([
      ...life,
      ...life,
      "stopped",
      ...life,
      "stopped",
      "starting",
    ]);
  });

  it("a process whose environment cannot be read is failed, and can be started later", async () => {
    const { add } = new Supervised();
    let readable = true;
    const process_ = add("server", "", {
      spec: () => {
        if (!readable) throw new Error("/run/env: permission denied");
        return { command: "sleep", args: ["1000"], cwd: "/", env: bareEnv() };
      },
    });
    const pid = await process_.start();
    readable = false;
    await expect(process_.restart()).rejects.toThrow("permission denied");
    expect(isAlive(pid)).toBe(false);
    expect(process_.state.status).toMatchObject({
      id: "failed",
      reason: "/run/env: permission denied",
    });
    readable = true;
    await process_.start();
    await until(process_, "running");
  });

  it("a missing program is named; an unknown id is refused", async () => {
    const { supervisor } = new Supervised();
    const missing = supervisor.add({
      id: "ttyd",
      kind: "sidecar",
      spec: () => ({ command: "no-such-program-anywhere", args: [], cwd: "/", env: {} }),
      probe: logLine(/never/),
      readyTimeoutMs: 1000,
      restart: policy,
      niceness: 0,
      optional: true,
      port: null,
      url: null,
    });
    await expect(supervisor.start("ttyd")).rejects.toMatchObject({
      failure: { code: "not-installed", hint: expect.stringContaining("no-such-program-anywhere") },
    });
    expect(missing.state.status).toEqual({
      id: "not-installed",
      command: "no-such-program-anywhere",
    });
    await expect(supervisor.restart("tty")).rejects.toThrow(
      'there is no process "tty"; there are ttyd',
    );
  });

  it("names the program that a program of ours would start, and does not try again", async () => {
    const { add } = new Supervised();
    const starts = "no-such-program-anywhere";
    const agent = add("agent", FOREVER, {
      spec: () => ({ command: "bash", starts, args: ["-c", FOREVER], cwd: "/", env: bareEnv() }),
    });
    await expect(agent.start()).rejects.toMatchObject({ failure: { code: "not-installed" } });
    expect(agent.state.status).toEqual({ id: "not-installed", command: starts });
  });
});

describe("a daemon that dropped its environment, its session and its parent", () => {
  const daemon = "env -i PATH=\"$PATH\" setsid sh -c 'sleep 1000 & echo $! > left'";

  it.each<[string, (one: ManagedProcess) => Promise<unknown>]>([
    ["restart", (one) => one.restart()],
    ["stop", (one) => one.stop()],
  ])("is ended at a %s of its process, and no other's is", async (_, end) => {
    const { add } = new Supervised();
    const started = async (id: string) => {
      const cwd = await scratchFolder();
      const one = add(id, `${daemon}; ${FOREVER}`, { cwd, probe: logLine(/^up$/) });
      await one.start();
      await one.ready(signal);
      return { one, left: Number(await readFile(join(cwd, "left"), "utf8")) };
    };
    const [first, second] = [await started("first"), await started("second")];
    await end(first.one);
    expect([first, second].map(({ left }) => isAlive(left))).toEqual([false, true]);
  });
});

describe("a program that the kernel does not execute", () => {
  it("is named, and not started again and again", async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, "broken"), "#!/no/such/interpreter\n", { mode: 0o755 });
    const { supervisor, history } = new Supervised();
    supervisor.add({
      id: "broken",
      kind: "sidecar",
      spec: () => ({ command: "./broken", args: [], cwd: folder, env: bareEnv() }),
      probe: logLine(/never/),
      readyTimeoutMs: 1000,
      restart: policy,
      niceness: 0,
      optional: true,
      port: null,
      url: null,
    });
    await supervisor.start("broken").catch(() => {});
    const { reason } = await until(supervisor.get("broken"), "failed");
    expect(reason).toMatch(/No such file/);
    expect(history("broken")).not.toContain("backoff");
  });
});

describe("the end", () => {
  it("stops all in the reverse order of their start, and lets none start again", async () => {
    const { supervisor, add, events } = new Supervised();
    for (const id of ["a", "b", "c"]) add(id, FOREVER);
    for (const id of ["b", "c", "a"]) await supervisor.start(id);
    await supervisor.restart("b");
    const stopping = supervisor.stopAll();
    await expect(supervisor.start("c")).rejects.toMatchObject({
      failure: { code: "shutting-down" },
    });
    await stopping;
    const stopped = events.flatMap((event) =>
      event.type === "process.changed" && event.process.status.id === "stopped"
        ? [event.process.id]
        : [],
    );
    expect(stopped).toEqual(["a", "c", "b"]);
  });

  it("a process that ignores SIGTERM is killed as soon as the grace period is cut short", async () => {
    const time = new Supervised();
    const stubborn = time.add("stubborn", "trap '' TERM; echo up; while :; do sleep 1; done", {
      probe: logLine(/^up$/),
    });
    const pid = await stubborn.start();
    await stubborn.ready(signal);
    const stopping = time.supervisor.stopAll();
    await until(stubborn, "stopping");
    time.hurry.abort();
    await stopping;
    expect(isAlive(pid)).toBe(false);
  });
});
