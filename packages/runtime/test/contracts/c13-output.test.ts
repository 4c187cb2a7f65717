import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RuntimeEvent } from "../../src/protocol/index.ts";
import { withEnoughTime } from "../support/enough-time.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import { Sandbox } from "../support/sandbox.ts";

const withStartSh = (text: string, hooks: object = {}) =>
  Sandbox.create({
    agentKind: "fixture",
    files: { ".openinspect/start.sh": { text: `#!/bin/bash\n${text}\n`, mode: 0o755 } },
    hooks: { ...hooks },
  });

const outputOf = (boot: RunningSandboot, id: string): string[] =>
  boot.events.flatMap((event) =>
    event.type === "phase.output" && event.id === id ? [event.line] : [],
  );

const logOf = async ({ folder }: Sandbox): Promise<RuntimeEvent[]> =>
  (await readFile(join(folder, "state", "events.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const HOOK = "hook.start:demo";

describe("C13: no output of a child delays a signal, a time limit or the API", () => {
  it("C13: a start.sh that prints for ever ends at its limit", async () => {
    const { boot, sandbox } = await withEnoughTime(async (startSeconds) => {
      const sandbox = await withStartSh("echo begun; exec yes", { startSeconds });
      const boot = await sandbox.boot();
      const { exitCode, stderr } = await boot.ended();
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`did not end within ${startSeconds} s`);
      return outputOf(boot, HOOK).includes("begun") ? { boot, sandbox } : null;
    });
    expect(sandbox.left()).toEqual([]);
    const output = outputOf(boot, HOOK);
    expect(output.some((line) => /^… [\d,]+ lines left out$/.test(line))).toBe(true);
    // However fast this machine is: `yes` prints millions of lines within its limit.
    expect(output.length).toBeLessThan(100_000);
    expect((await boot.report()).fatal?.failure.outputTail?.at(-1)).toBe("y");
  });

  it("C13: while it prints, SIGTERM ends the boot", async () => {
    const sandbox = await withStartSh("exec yes");
    const boot = await sandbox.boot();
    await boot.until("phase.output", ({ line }) => line.endsWith("left out"));
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(143);
    expect(sandbox.left()).toEqual([]);
  });

  it("C13: of 400,000 lines the first and the last are shown, with the number of the others, and no other event is lost", async () => {
    const sandbox = await withStartSh("seq 400000; echo done >&2");
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await boot.ended()).exitCode).toBe(0);
    const output = outputOf(boot, HOOK);
    expect(output[0]).toBe("1");
    expect(output).toContain("400000");
    const said = output.flatMap((line) => /^… ([\d,]+) lines left out$/.exec(line)?.[1] ?? []);
    const leftOut = said.reduce((sum, count) => sum + Number(count.replaceAll(",", "")), 0);
    expect(output.length - said.length + leftOut).toBe(400_001);
    expect(leftOut).toBeGreaterThan(300_000);
    const { detail } = await boot.until("phase.ended", ({ id }) => id === HOOK);
    expect(detail["outputLinesLeftOut"]).toBe(leftOut);
    const logged = await logOf(sandbox);
    const others = (events: readonly RuntimeEvent[]) =>
      events.filter(({ type }) => type !== "phase.output").map(({ seq, type }) => ({ seq, type }));
    expect(others(logged)).toEqual(others(boot.events));
  });
});
