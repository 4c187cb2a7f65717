import { chmod, chown, copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { isAlive } from "../../../../test/support/process-table.ts";
import { Sandbox } from "../support/sandbox.ts";

const httpAgent = join(import.meta.dirname, "../fixtures/http-agent.mjs");

const startSh = (text: string) => ({
  ".openinspect/start.sh": { text: `#!/bin/bash\n${text}\n`, mode: 0o755 },
});

/** Starts a daemon that has nothing of its parent: no session, no environment, no living parent. Its pid is in $HOME/NAME. */
const daemon = (name: string) =>
  `env -i PATH="$PATH" setsid sh -c "sleep 1000 & echo \\$! > $HOME/${name}.pid"`;

const daemonsOf = async ({ home }: Sandbox): Promise<number[]> => {
  const names = (await readdir(home)).filter((name) => name.endsWith(".pid"));
  return Promise.all(names.map(async (name) => Number(await readFile(join(home, name), "utf8"))));
};

describe("C8: nobody survives the end", () => {
  it("not even a daemon of the agent, a sidecar or a hook that dropped its environment and its session", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: startSh(daemon("hook")),
      config: {
        sidecars: [
          {
            id: "web",
            command: ["bash", "-c", `${daemon("sidecar")}; exec sleep 1000`],
            optional: false,
          },
        ],
      },
    });
    const record = join(sandbox.folder, "agent.jsonl");
    const agent = {
      ...(sandbox.config["agent"] as object),
      command: [
        "bash",
        "-c",
        `${daemon("agent")}; exec '${process.execPath}' '${httpAgent}' {port} '${record}'`,
      ],
    };
    Object.assign(sandbox.config, { agent });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    await boot.until("phase.ended", ({ id }) => id === "sidecar.web");
    // The sidecar's may be on its way: nothing waits for it.
    await expect
      .poll(async () => (await daemonsOf(sandbox)).map(isAlive))
      .toEqual([true, true, true]);
    const daemons = await daemonsOf(sandbox);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(daemons.map(isAlive)).toEqual([false, false, false]);
    expect(sandbox.left()).toEqual([]);
  });
});

describe("C14: what a runtime that was killed has left", () => {
  it("is ended before anything starts, and named", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      // The second boot's start.sh finds the file, and ends.
      files: startSh(
        `[ -e "$HOME/once" ] && exit; touch "$HOME/once"\n${daemon("orphan")}\necho up\nexec sleep 1000`,
      ),
    });
    const killed = await sandbox.boot();
    await killed.until("phase.output", ({ line }) => line === "up");
    killed.signal("SIGKILL");
    await killed.ended();
    const left = [...(await daemonsOf(sandbox)), ...sandbox.left().map(({ pid }) => pid)];
    expect(left.filter(isAlive).length).toBeGreaterThan(1);
    const boot = await sandbox.boot();
    const { seq } = await boot.until("phase.started");
    expect(left.filter(isAlive)).toEqual([]);
    const warning = await boot.until("runtime.warning", ({ code }) => code === "leftovers-ended");
    expect(warning.seq).toBeLessThan(seq);
    expect(warning.message).toContain(`the runtime before (pid ${killed.pid}) was killed`);
    expect(warning.message).toContain("sleep 1000 (pid ");
    await boot.until("boot.ready");
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(await readdir(join(sandbox.folder, "state"))).not.toContain("runtime.mark");
  });

  it("is not touched while that runtime lives, also when its socket is gone: the second boot is refused", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture" });
    const first = await sandbox.boot();
    await first.until("boot.ready");
    await rm(sandbox.socket);
    const before = sandbox.left().map(({ pid }) => pid);
    const { exitCode, stderr } = await (await sandbox.boot()).ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`pid ${first.pid}`);
    expect(sandbox.left().map(({ pid }) => pid)).toEqual(before);
    first.signal("SIGTERM");
    expect((await first.ended()).exitCode).toBe(0);
  });
});

describe.runIf(process.getuid?.() === 0)("processes that may not be ended", () => {
  const user = 12_345;

  /** A boot as another user. Its start.sh can start daemons as root, which that user may not signal. */
  async function bootAsUser(rest: string) {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: startSh(
        `"$HOME/become-root" --reuid 0 --regid 0 --clear-groups sleep 1000 &\n${rest}`,
      ),
      hooks: { startSeconds: 1 },
      config: { shutdown: { graceSeconds: 0.2 } },
    });
    const { stdout: setpriv } = await execa("which", ["setpriv"]);
    const becomeRoot = join(sandbox.home, "become-root");
    await copyFile(setpriv, becomeRoot);
    await writeFile(join(sandbox.folder, "sandboot.json"), "{}");
    await execa("chown", ["-R", `${user}:${user}`, sandbox.folder]);
    await chown(becomeRoot, 0, 0);
    await chmod(becomeRoot, 0o4755);
    await chmod(dirname(sandbox.folder), 0o755);
    const under = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
    return { sandbox, boot: await sandbox.boot({ under }) };
  }

  it("C10: a daemon of a hook that is ended at its limit is named in a warning of its phase", async () => {
    const { sandbox, boot } = await bootAsUser("exec sleep 1000");
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("did not end within 1 s");
    const warning = await boot.until("phase.warning", ({ code }) => code === "processes-left");
    const left = sandbox.left();
    expect(left).toHaveLength(1);
    expect(warning.message).toContain(`sleep 1000 (pid ${left[0]?.pid})`);
    await sandbox.killAll();
  });

  it("C8: one of a hook that has ended well holds up nothing, though it has the hook's output open", async () => {
    const { sandbox, boot } = await bootAsUser("true");
    await boot.until("boot.ready");
    boot.signal("SIGTERM");
    const { exitCode } = await boot.ended();
    expect(exitCode).toBe(0);
    const warning = await boot.until("runtime.warning", ({ code }) => code === "processes-left");
    const left = sandbox.left();
    expect(left).toHaveLength(1);
    expect(warning.message).toContain(`sleep 1000 (pid ${left[0]?.pid})`);
    await sandbox.killAll();
  });
});
