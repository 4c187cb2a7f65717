import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeFiles } from "../../support/git.ts";
import { Sandbox } from "../../support/sandbox.ts";
import { canServeSsh, know, SshServer } from "../../support/ssh.ts";

const ANOTHER_KEY =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBwBAO937M8dNSXz8xz7JLsDskDvrtvfX6yhuS0G6GFB";

/** A repository on an ssh server whose host key is not known yet. */
async function behindSsh() {
  const sandbox = await Sandbox.create({ agentKind: "fixture", checkout: false });
  const { folder, home, origin } = sandbox;
  const server = await SshServer.start(folder, home);
  const byUrl = (url: string) =>
    Object.assign(sandbox.config, { mode: "fresh", repositories: [{ name: "demo", url }] });
  byUrl(`ssh://git@127.0.0.1:${server.port}${origin.path}`);
  const boot = async (env: Record<string, string> = {}) => {
    const running = await sandbox.boot({ args: ["--until", "ready"], under: server.under, env });
    const { exitCode, stderr } = await running.ended();
    const sync = (await running.report()).phases.find(({ id }) => id === "workspace.sync:demo");
    return { exitCode, stderr, steps: sync?.detail["steps"], failure: sync?.failure };
  };
  return { sandbox, home, origin, server, byUrl, boot };
}

describe.skipIf(!canServeSsh())("git over ssh, from a real server (skipped unless root)", () => {
  it("whose host key is not known: fails without a prompt, with the URL and a hint", async () => {
    const { home, origin, server, boot } = await behindSsh();
    const { exitCode, stderr, failure } = await boot();
    expect(exitCode).toBe(1);
    expect(failure).toMatchObject({
      code: "git-failed",
      hint: expect.stringMatching(
        /^ssh does not know the host of .+: put its key into known_hosts/,
      ),
    });
    expect(failure?.outputTail?.[0]).toBe("Host key verification failed.");
    expect(stderr).toContain(`@127.0.0.1:${server.port}${origin.path}: put its key`);
    expect(existsSync(join(home, ".ssh/known_hosts"))).toBe(false);
  });

  it("whose host key is in the user's known_hosts: clones, then fetches", async () => {
    const { home, origin, server, boot } = await behindSsh();
    await know(home, server.hostKey);
    expect(await boot()).toMatchObject({ exitCode: 0, steps: ["clone"] });
    await origin.commit("main", { "new.txt": "new\n" });
    expect(await boot()).toMatchObject({ exitCode: 0, steps: ["fetch", "checkout"] });
    expect(await readFile(join(home, ".ssh/known_hosts"), "utf8")).toBe(`${server.hostKey}\n`);
  });

  it("whose host key has changed: fails, and the hint says to find out why first", async () => {
    const { home, server, boot } = await behindSsh();
    await know(home, `[127.0.0.1]:${server.port} ${ANOTHER_KEY}`);
    const { exitCode, failure } = await boot();
    expect(exitCode).toBe(1);
    expect(failure?.hint).toContain("find out why before you replace it");
    expect(failure?.outputTail?.join("\n")).toContain(`[127.0.0.1]:${server.port} has changed`);
  });

  it("uses GIT_SSH_COMMAND and core.sshCommand of the user", async () => {
    const { sandbox, home, server, boot } = await behindSsh();
    const known = join(sandbox.folder, "known");
    await writeFiles(sandbox.folder, { known: `${server.hostKey}\n` });
    const command = `ssh -o UserKnownHostsFile=${known}`;
    expect(await boot({ GIT_SSH_COMMAND: command })).toMatchObject({
      exitCode: 0,
      steps: ["clone"],
    });
    expect((await boot()).steps).toBeUndefined();
    await writeFiles(home, { ".gitconfig": `[core]\n\tsshCommand = ${command}\n` });
    expect(await boot()).toMatchObject({ exitCode: 0, steps: ["fetch"] });
  });

  it("uses insteadOf, and host names of the user's ssh_config", async () => {
    const { home, origin, server, byUrl, boot } = await behindSsh();
    await know(home, server.hostKey);
    await writeFiles(home, {
      ".gitconfig": `[url "forge:${origin.path}/../"]\n\tinsteadOf = https://forge.example/\n`,
      ".ssh/config": `Host forge\n\tHostName 127.0.0.1\n\tPort ${server.port}\n\tUser git\n`,
    });
    byUrl("https://forge.example/origin.git");
    expect(await boot()).toMatchObject({ exitCode: 0, steps: ["clone"] });
    byUrl(`forge:${origin.path}`);
    expect(await boot()).toMatchObject({ exitCode: 0, steps: ["fetch"] });
  });
});
