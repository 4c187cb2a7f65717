import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { nodeUnderTest } from "../../../../../test/support/node-under-test.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { startCredentialSource } from "../../support/credential-source.ts";
import { Origin } from "../../support/git.ts";
import { startGitServer } from "../../support/git-http.ts";
import { sandbootBin } from "../../support/sandboot.ts";
import { Sandbox, type SandboxOptions } from "../../support/sandbox.ts";
import { searchFiles } from "../../support/search.ts";
import { adoptBy } from "../../support/seed.ts";

const [FIRST, SECOND, THIRD] = ["t0ken-of-git-1", "t0ken-of-git-2", "t0ken-of-git-3"] as const;
const KEY = "key-of-the-source-9";

/**
 * A sandbox whose remote speaks https and takes the password of a source.
 *
 * @param taken - Which password the remote takes for a path.
 */
async function sandboxWithSource(taken: (path: string) => string, options: SandboxOptions = {}) {
  const source = await startCredentialSource();
  const sandbox = await Sandbox.create({ agentKind: "fixture", checkout: false, ...options });
  const { folder, config } = sandbox;
  const tls = makeCertificate();
  await writeFile(join(folder, "ca.pem"), tls.cert);
  const server = await startGitServer(folder, (path) => `x-access-token:${taken(path)}`, { tls });
  const { origin } = server;
  const { host } = new URL(origin);
  const from = { url: source.url, token: "{env:KEY_OF_SOURCE}" };
  Object.assign(config, {
    mode: "fresh",
    repositories: [{ name: "demo", url: `${origin}/origin.git`, branch: "main", submodules: true }],
    git: { credentials: [{ host, from }] },
  });
  const env = { GIT_SSL_CAINFO: join(folder, "ca.pem"), KEY_OF_SOURCE: KEY };
  return { sandbox, source, origin, host, env };
}

/** Runs the helper as git does. */
function helper(sandbox: Sandbox, action: string, question: string) {
  const args = [sandbootBin, "git-credential", "--socket", sandbox.socket, action];
  return execa(nodeUnderTest, args, { input: question, env: bareEnv(), extendEnv: false });
}

describe("git's credentials", () => {
  it("come from their source, are renewed in the middle of a boot, and are nowhere else", async () => {
    const other = await startGitServer("/nowhere", "nobody:nothing", { tls: makeCertificate() });
    const start = [
      "set -e",
      "git ls-remote origin > ../of-the-remote",
      "export GIT_SSL_NO_VERIFY=1 GIT_TERMINAL_PROMPT=0",
      `if git ls-remote ${other.origin}/a.git; then exit 1; fi`,
      "env > ../environment",
      "git config --list --show-origin > ../configuration",
      "",
    ].join("\n");
    // The first one has expired when the submodule is fetched.
    const { sandbox, source, origin, host, env } = await sandboxWithSource(
      (path) => (path.startsWith("/lib/") || source.given.length > 1 ? SECOND : FIRST),
      { files: { ".openinspect/start.sh": start } },
    );
    await mkdir(join(sandbox.folder, "lib"));
    const library = await Origin.create(join(sandbox.folder, "lib"), { "lib.txt": "a library\n" });
    await sandbox.origin.addSubmodule("main", library.path, "lib");
    await sandbox.origin.commit("main", {
      ".gitmodules": `[submodule "lib"]\n\tpath = lib\n\turl = ${origin}/lib/origin.git\n`,
    });

    const boot = await sandbox.boot({ env });
    await boot.until("boot.ready");
    const sync = await boot.until("phase.ended", ({ id }) => id === "workspace.sync:demo");
    expect(sync).toMatchObject({ status: "done", detail: { steps: ["clone", "submodules"] } });
    expect(source.given).toEqual([FIRST, SECOND]);
    expect(source.authorizations).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);
    const workspace = join(sandbox.folder, "workspace");
    expect(await readFile(join(workspace, "demo/lib/lib.txt"), "utf8")).toBe("a library\n");
    expect(await readFile(join(workspace, "of-the-remote"), "utf8")).toContain("refs/heads/main");
    expect(new Set(other.authorizations)).toEqual(new Set([null]));

    const kept = join(sandbox.folder, "state/git-credentials.json");
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    expect(await searchFiles(sandbox.folder, [FIRST, SECOND])).toEqual([`${kept}: ${SECOND}`]);
    const encoded = [FIRST, SECOND].map((each) => btoa(`x-access-token:${each}`));
    expect(await searchFiles(sandbox.folder, encoded)).toEqual([]);
    for (const { pid } of sandbox.left()) {
      const started = await Promise.all(
        // One that has ended meanwhile has neither.
        ["environ", "cmdline"].map((name) =>
          readFile(`/proc/${pid}/${name}`, "utf8").catch(() => ""),
        ),
      );
      expect(started.join("\n")).not.toContain("t0ken-of-git");
    }
    expect(JSON.stringify(boot.events)).not.toContain("t0ken-of-git");

    const question = `protocol=https\nhost=${host}\n\n`;
    await helper(sandbox, "erase", `protocol=https\nhost=${host}\npassword=${SECOND}\n\n`);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => helper(sandbox, "get", question)),
    );
    for (const { stdout, stderr } of answers) {
      expect(stdout).toContain(`password=${THIRD}\n`);
      expect(stderr).toBe("");
    }
    expect(source.given).toEqual([FIRST, SECOND, THIRD]);

    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(await searchFiles(sandbox.folder, [FIRST, SECOND, THIRD])).toEqual([]);
    const gone = await helper(sandbox, "get", question);
    expect(gone).toMatchObject({ exitCode: 0, stdout: "" });
    expect(gone.stderr).toMatch(/^sandboot git-credential: no runtime answers at /);
  });

  it("outlive a killed runtime, and a sync renews those that its remote takes no more", async () => {
    const remote = { takes: FIRST as string };
    const { sandbox, source, env } = await sandboxWithSource(() => remote.takes);
    const killed = await sandbox.boot({ env });
    await killed.until("boot.ready");
    await sandbox.killAll();
    remote.takes = SECOND;

    const boot = await sandbox.boot({ env });
    await boot.until("boot.ready");
    const sync = await boot.until("phase.ended", ({ id }) => id === "workspace.sync:demo");
    expect(sync).toMatchObject({ status: "done", detail: { credentialsRenewed: true } });
    expect(source.given).toEqual([FIRST, SECOND]);
  });

  it("that cannot be had fail the sync with their cause", async () => {
    const { sandbox, host, env } = await sandboxWithSource(() => FIRST);
    const file = join(sandbox.folder, "no-such-file");
    sandbox.config["git"] = { credentials: [{ host, from: { file } }] };
    const boot = await sandbox.boot({ env, args: ["--until", "ready"] });
    const why = `there is no credential for ${host}: ${file} does not exist`;
    const { failure } = await boot.until("boot.failed");
    expect(failure).toMatchObject({ code: "git-failed", hint: why });
    const warned = await boot.until("runtime.warning", ({ code }) => code === "credential-missing");
    expect(warned).toMatchObject({ source: "git", message: why });
    expect((await boot.ended()).exitCode).toBe(1);
  });

  it("come to a seed with its binding", async () => {
    const { sandbox, source, host, env } = await sandboxWithSource(() => FIRST, {
      files: { ".openinspect/start.sh": "git ls-remote origin > ../of-the-remote\n" },
    });
    const { repositories } = sandbox.config;
    Object.assign(sandbox.config, { mode: "seed", repositories: [], git: {} });
    const boot = await sandbox.boot({ env });
    await boot.until("boot.seeded");
    expect((await helper(sandbox, "get", `protocol=https\nhost=${host}\n\n`)).stdout).toBe("");
    const binding = { repositories, git: { credentials: [{ host, from: { url: source.url } }] } };
    expect(await adoptBy(sandbox.socket, binding)).toMatchObject({ status: 200 });
    expect(source.given).toEqual([FIRST]);
    const listed = await readFile(join(sandbox.folder, "workspace/of-the-remote"), "utf8");
    expect(listed).toContain("refs/heads/main");
    // The agent was started without them, and need not be started again.
    const { detail } = await boot.until("phase.ended", ({ id }) => id === "agent.binding");
    expect(detail).toEqual({ restarted: [] });
  });
});
