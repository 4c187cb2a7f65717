import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { putNodeUnderTestOnPath } from "./support/node-under-test.ts";
import { freePort } from "./support/ports.ts";
import { isAlive } from "./support/process-table.ts";
import { keepFromBashrc } from "./support/test-run.ts";

const program = join(import.meta.dirname, "fixtures/leaky-run.mjs");

interface Left {
  readonly pid: number;
  readonly file: string;
  readonly folder: string;
}

async function leakyRun(): Promise<{
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  left: Left;
}> {
  const child = spawn(process.execPath, ["--no-warnings", program]);
  const [line] = await once(child.stdout, "data");
  const left: Left = JSON.parse(String(line));
  expect(isAlive(left.pid) && existsSync(left.file)).toBe(true);
  return { child, left };
}

describe("a test run", () => {
  it("fails when processes or files of its tests are left, names them, and clears them away", async () => {
    const { child, left } = await leakyRun();
    const said = text(child.stderr);
    child.stdin.end();
    const [exitCode] = await once(child, "close");
    expect(exitCode).toBe(1);
    expect(await said).toContain(`pid ${left.pid}: sleep 1000 (TMPDIR=${left.folder})`);
    expect(await said).toContain(`temporary files that tests have left: ${basename(left.file)}`);
    expect([isAlive(left.pid), existsSync(left.folder)]).toEqual([false, false]);
  });

  it("that is killed leaves nothing", async () => {
    const { child, left } = await leakyRun();
    // Its end is the end of its janitor, too, which has its stderr.
    const allEnded = text(child.stderr);
    child.kill("SIGKILL");
    await allEnded;
    expect([isAlive(left.pid), existsSync(left.folder)]).toEqual([false, false]);
  });
});

describe("bash that a test starts", () => {
  it("reads nobody's .bashrc", () => {
    const home = mkdtempSync(join(tmpdir(), "bashrc-"));
    onTestFinished(() => rmSync(home, { recursive: true }));
    writeFileSync(join(home, ".bashrc"), "echo read\n");
    const env: NodeJS.ProcessEnv = { PATH: process.env["PATH"], HOME: home };
    keepFromBashrc(env);
    const { stdout, stderr } = spawnSync("bash", ["-c", "echo ran"], { env, encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "ran\n", stderr: "" });
  });
});

describe("freePort", () => {
  it("gives a port once, and none that the kernel gives to connections", async () => {
    const ports = await Promise.all(Array.from({ length: 200 }, freePort));
    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });
});

describe("the Node under test", () => {
  it("is what every program finds on PATH", () => {
    const env = { SANDBOOT_TEST_NODE: process.execPath, PATH: "/no/such/folder:/bin" };
    expect(putNodeUnderTestOnPath(env)).toBe(process.version);
    const shown = execFileSync("/usr/bin/env", ["node", "-p", "process.execPath"], { env });
    expect(String(shown).trim()).toBe(process.execPath);
  });

  it("is the one that runs the tests when none is named", () => {
    const env = { PATH: "/bin" };
    expect(putNodeUnderTestOnPath(env)).toBeNull();
    expect(env).toEqual({ PATH: "/bin" });
  });

  it.each(["node", "/bin/sh", "/no/such/folder/node"])("cannot be %s", (program) => {
    const env = { SANDBOOT_TEST_NODE: program };
    expect(() => putNodeUnderTestOnPath(env)).toThrow(
      /^SANDBOOT_TEST_NODE: expected the absolute path of a program named node; found .*(node|sh)/,
    );
  });
});
