import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAlive } from "../../../../test/support/process-table.ts";
import { MAX_LINE_BYTES } from "../../src/base/lines.ts";
import { withEnoughTime } from "../support/enough-time.ts";
import { Gate } from "../support/gate.ts";
import { Sandbox } from "../support/sandbox.ts";

const withHook = (text: string, options: Parameters<typeof Sandbox.create>[0] = {}) =>
  Sandbox.create({
    agentKind: "fixture",
    files: { ".openinspect/start.sh": { text, mode: 0o755 } },
    ...options,
  });

describe("C10: hooks have a time limit, and nothing that they started survives it", () => {
  it("C10: not even a daemon that left session and parent, dropped its environment, ignores SIGTERM and keeps the pipe", async () => {
    const hook = `#!/bin/bash
echo "the pipe is open"
setsid bash -c 'trap "" TERM; echo $$ > "$HOME/session"; sleep 1000' &
(env -i PATH="$PATH" bash -c 'trap "" TERM; echo $$ > '"$HOME"'/nameless; exec -a nameless sleep 1000' &)
until [ -s "$HOME/session" ] && [ -s "$HOME/nameless" ]; do sleep 0.02; done
echo "all are up" > /dev/stderr
sleep 1000
`;
    const { sandbox, stderr } = await withEnoughTime(async (startSeconds) => {
      const sandbox = await withHook(hook, { hooks: { startSeconds } });
      const { exitCode, stderr } = await (await sandbox.boot()).ended();
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        `did not end within ${startSeconds} s, so it and everything it had started were ended`,
      );
      return stderr.includes("all are up") ? { sandbox, stderr } : null;
    });
    expect(stderr).toContain("the pipe is open");
    for (const name of ["session", "nameless"]) {
      expect(isAlive(Number(await readFile(join(sandbox.home, name), "utf8")))).toBe(false);
    }
    expect(sandbox.left()).toEqual([]);
  });

  it("C10: START_TIMEOUT_SECONDS overrides the config's limit", async () => {
    const sandbox = await withHook("sleep 1000\n", { hooks: { startSeconds: 500 } });
    const boot = await sandbox.boot({ env: { START_TIMEOUT_SECONDS: "0.3" } });
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("did not end within 0.3 s");
    expect(stderr).toContain("START_TIMEOUT_SECONDS");
    expect((await boot.report()).fatal?.failure.code).toBe("hook-timeout");
  });

  it("C10: lines are shown at once, a flood is bounded, and services that are left running stay", async () => {
    const gate = await Gate.create();
    const sandbox = await withHook(`#!/usr/bin/env bash
echo "first line"
${gate.wait}
head -c 20000000 /dev/zero | tr '\\0' x
echo
sleep 1000 &
echo $! > "$HOME/service"
`);
    const boot = await sandbox.boot();
    const line = await boot.until("phase.output", ({ id }) => id === "hook.start:demo");
    expect(line).toMatchObject({ stream: "stdout", line: "first line" });
    expect(boot.position("phase.ended", ({ id }) => id === "hook.start:demo")).toBe(-1);
    await gate.open();
    await boot.until("boot.ready");
    const lines = boot.events.flatMap((event) =>
      event.type === "phase.output" && event.id === "hook.start:demo" ? [event.line] : [],
    );
    expect(lines).toHaveLength(2);
    expect(lines[1]?.length).toBeLessThan(MAX_LINE_BYTES + 100);
    expect(isAlive(Number(await readFile(join(sandbox.home, "service"), "utf8")))).toBe(true);
    boot.signal("SIGTERM");
    await boot.ended();
    expect(sandbox.left()).toEqual([]);
  });

  it("C10: hooks.shell bash runs every script by bash, and a setup that fails is a warning where the config says so", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      checkout: false,
      config: { mode: "fresh" },
      hooks: { shell: "bash", setupFailure: { fresh: "warn" } },
      files: {
        ".openinspect/setup.sh": "echo no compiler; exit 3\n",
        ".openinspect/start.sh": {
          text: '#!/usr/bin/env node\necho "by bash $BASH_VERSION"\n',
          mode: 0o755,
        },
      },
    });
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await boot.ended()).exitCode).toBe(0);
    expect((await boot.report()).warnings).toMatchObject([
      { phase: "hook.setup:demo", code: "hook-failed" },
    ]);
    const line = await boot.until("phase.output", ({ id }) => id === "hook.start:demo");
    expect(line.line).toMatch(/^by bash \d/);
  });

  it("C10: an executable script runs by its shebang, any other by bash, with the documented environment and folder", async () => {
    const report = `printf '%s\\n' "$0 $SANDBOOT_HOOK $SANDBOOT_REPOSITORY $SANDBOOT_MODE $SANDBOOT_SOCKET" "$PWD"`;
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      checkout: false,
      config: { mode: "fresh" },
      files: {
        ".openinspect/setup.sh": `[[ -n "$BASH_VERSION" ]] && ${report}\n`,
        ".openinspect/start.sh": {
          text: "#!/usr/bin/env node\nconsole.log(process.version, process.env.SANDBOOT_HOOK)\n",
          mode: 0o755,
        },
      },
    });
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await boot.ended()).exitCode).toBe(0);
    const linesOf = (hook: string) =>
      boot.events.flatMap((event) =>
        event.type === "phase.output" && event.id === `hook.${hook}:demo` ? [event.line] : [],
      );
    const script = join(sandbox.repository, ".openinspect/setup.sh");
    const { socket } = sandbox;
    expect(linesOf("setup")).toEqual([`${script} setup demo fresh ${socket}`, sandbox.repository]);
    expect(linesOf("start")).toEqual([`${process.version} start`]);
  });
});
