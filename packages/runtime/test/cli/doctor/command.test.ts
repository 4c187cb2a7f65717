import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { nodeUnderTest } from "../../../../../test/support/node-under-test.ts";
import { sandbootBin } from "../../support/sandboot.ts";
import { freePort, scratchFolder } from "../../support/scratch.ts";
import { openCodeBin } from "../../support/stage.ts";

interface Answer {
  readonly healthy: boolean;
  readonly checks: { check: string; findings: { status: string; message: string }[] }[];
}

/** A parent that adopts orphans, as PID 1 does. How it reaps them is up to what follows. */
const ADOPTING = `import ctypes, os, subprocess, sys, time
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
child = subprocess.Popen(sys.argv[1:])
`;
const reaping = (rest: string) => ["-c", ADOPTING + rest, nodeUnderTest, sandbootBin, "doctor"];
const NEVER = "sys.exit(child.wait())";
/** Some supervisors look by a timer. */
const BY_TIMER = `ended = {}
while child.pid not in ended:
  time.sleep(1.3)
  while True:
    try: pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError: break
    if pid == 0: break
    ended[pid] = os.waitstatus_to_exitcode(status)
sys.exit(ended[child.pid])`;

async function configured(agent: string): Promise<string> {
  const folder = await scratchFolder();
  const config = {
    agent: { command: [agent], port: await freePort() },
    bridge: { port: await freePort() },
  };
  await writeFile(join(folder, "sandboot.json"), JSON.stringify(config));
  return folder;
}

const pid1Of = (stdout: string) =>
  (JSON.parse(stdout) as Answer).checks.find(({ check }) => check === "PID 1")?.findings[0];

describe("sandboot doctor", () => {
  it("exits with 0 when a boot can work; an init that reaps is recognized", async () => {
    const cwd = await configured(openCodeBin);
    const command = ["-s", "--", nodeUnderTest, sandbootBin, "doctor", "--json"];
    const { exitCode, stdout } = await execa("tini", command, { cwd, reject: false });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ healthy: true });
    expect(pid1Of(stdout)?.status).toBe("ok");
  });

  it("exits with 1 and says what to do when a boot cannot work; an init that does not reap is noticed", async () => {
    const cwd = await configured("no-such-agent");
    const json = await execa("python3", [...reaping(NEVER), "--json"], { cwd, reject: false });
    expect(json.exitCode).toBe(1);
    expect(pid1Of(json.stdout)?.status).toBe("warn");
    const people = await execa(sandbootBin, ["doctor"], { cwd, reject: false });
    expect(people.exitCode).toBe(1);
    expect(people.stdout).toMatch(
      /✗ agent +no-such-agent is not on PATH\n +→ install no-such-agent, or set/,
    );
    expect(people.stdout).toContain("1 problem to fix before a boot can work.");
  });

  it("recognizes an init that reaps by a timer", async () => {
    const cwd = await configured("no-such-agent");
    const { stdout } = await execa("python3", [...reaping(BY_TIMER), "--json"], {
      cwd,
      reject: false,
    });
    expect(pid1Of(stdout)?.status).toBe("ok");
  });

  it("leaves no files behind, and refuses an invalid config as bad input", async () => {
    const cwd = await configured(openCodeBin);
    await execa(sandbootBin, ["doctor"], { cwd });
    const { stdout } = await execa("ls", ["-A"], { cwd });
    expect(stdout).toBe("sandboot.json");
    await mkdir(join(cwd, "bad"));
    await writeFile(join(cwd, "bad/sandboot.json"), "{");
    const { exitCode } = await execa(sandbootBin, ["doctor"], {
      cwd: join(cwd, "bad"),
      reject: false,
    });
    expect(exitCode).toBe(2);
  });
});
