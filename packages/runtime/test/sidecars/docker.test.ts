import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect, it } from "vitest";
import { environmentOf } from "../../../../test/support/process-table.ts";
import { DOCKER_ID } from "../../src/config/service-schema.ts";
import { forgetKilledDaemons } from "../../src/sidecars/docker.ts";
import { Sandbox } from "../support/sandbox.ts";
import { scratchFolder } from "../support/scratch.ts";

const ASKS = `#!/bin/bash
echo "$DOCKER_HOST" > host
curl -sS --unix-socket "\${DOCKER_HOST#unix://}" http://docker/version > version
`;

const standIn = join(import.meta.dirname, "../fixtures/dockerd.ts");

/** `SANDBOOT_DOCKERD=FOLDER` names a folder with Debian's dockerd and containerd, for a machine that may run them. */
const real = process.env["SANDBOOT_DOCKERD"];

it(`docker answers hooks before they run, whatever pid a killed daemon has left (${real === undefined ? "stand-in" : "real"})`, async () => {
  const sandbox = await Sandbox.create({
    agentKind: "fixture",
    files: { ".openinspect/start.sh": ASKS },
  });
  const data = join(sandbox.folder, "images");
  const args = ["--data-root", data, "--iptables=false", "--bridge=none"];
  Object.assign(sandbox.config, { docker: { args } });
  const bin = real ?? join(sandbox.folder, "bin");
  if (real === undefined) {
    await mkdir(bin);
    const script = `#!/bin/sh\nexec "${process.execPath}" "${standIn}" "$@"\n`;
    await writeFile(join(bin, "dockerd"), script, { mode: 0o755 });
  }
  // Another program's by now: our own.
  const left = join(sandbox.folder, "state/docker.pid");
  await mkdir(join(left, ".."), { mode: 0o700 });
  await writeFile(left, `${process.pid}`);

  const boot = await sandbox.boot({ env: { PATH: `${bin}${delimiter}${process.env["PATH"]}` } });
  await boot.until("boot.ready");
  const host = `unix://${join(sandbox.folder, "state/docker.sock")}`;
  expect((await readFile(join(sandbox.repository, "host"), "utf8")).trim()).toBe(host);
  const version = JSON.parse(await readFile(join(sandbox.repository, "version"), "utf8"));
  expect(version.ApiVersion).toMatch(real === undefined ? /^stand-in$/ : /^1\./);
  const agent = sandbox.left().find(({ command }) => command.includes("http-agent"));
  expect(environmentOf(agent?.pid ?? 0)).toContain(`DOCKER_HOST=${host}`);
  boot.signal("SIGTERM");
  expect((await boot.ended()).exitCode).toBe(0);
  expect(sandbox.left()).toEqual([]);
  const { processes } = await boot.report();
  expect(processes.find(({ id }) => id === DOCKER_ID)).toMatchObject({ restarts: 0 });
});

it("forgets the pids of killed daemons, whatever is in their place", async () => {
  const stateDir = await scratchFolder();
  await mkdir(join(stateDir, "docker.pid/a"), { recursive: true });
  await mkdir(join(stateDir, "docker/containerd"), { recursive: true });
  await symlink("/proc", join(stateDir, "docker/containerd/containerd.pid"));
  await forgetKilledDaemons(stateDir);
  expect(await readdir(stateDir)).toEqual(["docker"]);
  expect(await readdir(join(stateDir, "docker/containerd"))).toEqual([]);
});

it("docker is a warning where it cannot run, which shows why", async () => {
  const sandbox = await Sandbox.create({
    agentKind: "fixture",
    config: { docker: { restart: "never" } },
  });
  const bin = join(sandbox.folder, "bin");
  await mkdir(bin);
  const refuses = "#!/bin/sh\necho 'failed to start daemon: operation not permitted' >&2\nexit 1\n";
  await writeFile(join(bin, "dockerd"), refuses, { mode: 0o755 });
  const boot = await sandbox.boot({
    args: ["--until", "settled"],
    env: { PATH: `${bin}${delimiter}${process.env["PATH"]}` },
  });
  expect((await boot.ended()).exitCode).toBe(0);
  const { phases } = await boot.report();
  expect(phases.find(({ id }) => id === "sidecar.dockerd")).toMatchObject({
    status: "warned",
    failure: { code: "process-exited", message: expect.stringContaining("exit code 1") },
  });
  expect(JSON.stringify(boot.events)).toContain("operation not permitted");
});
