import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processesWith } from "../../../../../test/support/process-table.ts";
import { exec } from "../../../src/process/readiness/exec.ts";
import { file } from "../../../src/process/readiness/file.ts";
import type { ProbeResult } from "../../../src/process/readiness/probe.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { MisbehavingServer } from "../../support/misbehaving-server.ts";
import { scratchFolder } from "../../support/scratch.ts";

const never = new AbortController().signal;
const env = bareEnv();

describe("file", () => {
  it("is ready when the file exists", async () => {
    const server = await MisbehavingServer.start();
    const folder = await scratchFolder();
    let result: ProbeResult | undefined;
    const wait = file(join(folder, "ready")).wait(server.process, never);
    void wait.then((value) => {
      result = value;
    });
    expect(result).toBeUndefined();
    await writeFile(join(folder, "ready"), "");
    expect(await wait).toMatchObject({ by: "file" });
  });

  it("fails when the process exits", async () => {
    const server = await MisbehavingServer.start();
    const wait = file(join(await scratchFolder(), "never")).wait(server.process, never);
    server.exit(4);
    await expect(wait).rejects.toMatchObject({ failure: { exit: { code: 4 } } });
  });
});

describe("exec", () => {
  it("runs the command until it exits with 0", async () => {
    const server = await MisbehavingServer.start();
    const cwd = await scratchFolder();
    // Each run appends a letter. The third run succeeds.
    const script = 'printf x >> runs; [ "$(cat runs)" = xxx ]';
    // With a short limit, a run could be ended after its letter and before its test.
    const probe = exec({ command: ["bash", "-c", script], cwd, env, attemptMs: 60_000 });
    expect(await probe.wait(server.process, never)).toMatchObject({ by: "exec", attempts: 3 });
  });

  it("ends a run that hangs, with all that it started, and tries again", async () => {
    const server = await MisbehavingServer.start();
    const cwd = await scratchFolder();
    const script = "[ -e tried ] && exit 0; touch tried; sleep 1000 & sleep 1000";
    const marked = { ...env, CHECK_OF: cwd };
    const probe = exec({ command: ["bash", "-c", script], cwd, env: marked, attemptMs: 1_000 });
    // On a slow machine more than one run may hit the limit.
    const { attempts } = await probe.wait(server.process, never);
    expect(attempts).toBeGreaterThan(1);
    expect(processesWith(`CHECK_OF=${cwd}`)).toEqual([]);
  });

  it("fails when the process exits, and ends the command", async () => {
    const server = await MisbehavingServer.start();
    const cwd = await scratchFolder();
    const marked = { ...env, CHECK_OF: cwd };
    const wait = exec({ command: ["sleep", "1000"], cwd, env: marked }).wait(server.process, never);
    server.exit(5);
    await expect(wait).rejects.toMatchObject({ failure: { exit: { code: 5 } } });
    expect(processesWith(`CHECK_OF=${cwd}`)).toEqual([]);
  });
});
