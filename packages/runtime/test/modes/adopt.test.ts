import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import type { BindingDocument, Failure } from "../../src/protocol/index.ts";
import { Gate } from "../support/gate.ts";
import { git } from "../support/git.ts";
import { startGitServer } from "../support/git-http.ts";
import { ask } from "../support/http.ts";
import { sandbootBin } from "../support/sandboot.ts";
import { Sandbox, type SandboxOptions } from "../support/sandbox.ts";

const createSeed = (options: SandboxOptions = {}) =>
  Sandbox.create({
    agentKind: "fixture",
    checkout: false,
    ...options,
    config: { mode: "seed", repositories: [], ...options.config },
  });

async function adopt(sandbox: Sandbox, request: BindingDocument | object) {
  const answer = await ask(sandbox.socket, "/v1/adopt", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  const body = answer.json() as { durationMs: number; error: Failure };
  return { status: answer.status, ...body };
}

describe("adopt", () => {
  it("gives a seed its repository, and keeps the agent's process", async () => {
    const sandbox = await createSeed({
      agentKind: "opencode",
      agent: { warm: { process: "auto" } },
      files: {
        ".openinspect/setup.sh": "touch set-up\n",
        ".openinspect/start.sh": `test -e set-up; echo '{ "username": "from-start-sh" }' > opencode.json\n`,
        ".gitignore": "set-up\nopencode.json\n",
      },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const early = sandbox.ask("/global/health");
    const { pid } = (await boot.until("agent.changed", ({ agent }) => agent.pid !== null)).agent;

    const adopted = await adopt(sandbox, {
      repositories: [{ name: "demo", url: sandbox.origin.path, branch: "main" }],
    });
    expect(adopted).toMatchObject({
      status: 200,
      urls: { bridge: `http://127.0.0.1:${sandbox.bridgePort}` },
    });
    // A prompt from before the adopt has waited (C3).
    expect((await early).status).toBe(200);
    expect(await git(sandbox.repository, "branch", "--show-current")).toBe("main");
    expect(JSON.parse((await sandbox.askAgent("/config")).body).username).toBe("from-start-sh");

    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    const report = await boot.report();
    expect(report).toMatchObject({
      mode: "seed",
      outcome: "ready",
      agent: { pid, restarts: [] },
      adopt: { status: "adopted", repositories: [{ name: "demo", branch: "main" }] },
    });
    const { requestedMs = 0, endedMs } = report.adopt ?? {};
    expect(report.readyMs).toBe(endedMs);
    expect(adopted.durationMs).toBeCloseTo((endedMs ?? 0) - requestedMs, 5);
    const critical = report.phases.filter((phase) => phase.critical).map(({ id }) => id);
    expect(critical.at(-1)).toBe("ready");
    expect(critical).toContain("workspace.sync:demo");
    const inTime = report.phases.filter(({ id }) => id !== "agent.warm:workspace");
    expect(inTime.filter(({ status }) => status !== "done" && status !== "skipped")).toEqual([]);
  });

  it("C4: restarts the agent when a hook changed a file that it does not read again", async () => {
    const sandbox = await createSeed({
      files: { ".openinspect/start.sh": 'echo "GREETING=from the hook" > "$AGENT_ENV"\n' },
      agent: { envFile: "agent.env" },
    });
    const envFile = join(sandbox.folder, "agent.env");
    const boot = await sandbox.boot({ env: { AGENT_ENV: envFile } });
    await boot.until("boot.seeded");
    const result = await adopt(sandbox, {
      repositories: [{ url: sandbox.origin.path, name: "demo" }],
    });
    expect(result.status).toBe(200);
    const { env } = JSON.parse((await sandbox.ask("/x")).body);
    expect(env.GREETING).toBe("from the hook");
    boot.signal("SIGTERM");
    await boot.ended();
    expect((await boot.report()).agent?.restarts).toEqual([
      { reason: expect.stringContaining("hooks changed"), paths: [envFile] },
    ]);
  });

  it("waits for an agent that exited while the hooks ran, and is restarted", async () => {
    const gate = await Gate.create();
    const sandbox = await createSeed({ files: { ".openinspect/start.sh": gate.wait } });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const { agent } = await boot.until("agent.changed", (event) => event.agent.pid !== null);
    const adopting = adopt(sandbox, { repositories: [{ url: sandbox.origin.path }] });
    await boot.until("phase.started", ({ id }) => id === "hook.start:origin");
    process.kill(agent.pid ?? 0, "SIGKILL");
    await boot.until("process.changed", ({ process }) => process.status.id === "crashed");
    await gate.open();
    expect((await adopting).status).toBe(200);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect((await boot.report()).agent?.restarts).toEqual([
      { reason: "was ended by SIGKILL", paths: [] },
    ]);
  });

  it("is refused too early, during another adopt, and after a successful one", async () => {
    const gate = await Gate.create();
    const sandbox = await createSeed({
      files: { ".openinspect/start.sh": gate.wait },
      agent: { readiness: { file: "agent-is-ready" } },
    });
    const boot = await sandbox.boot();
    await boot.until("phase.started", ({ id }) => id === "agent.listening");
    const request = { repositories: [{ url: sandbox.origin.path }] };
    expect(await adopt(sandbox, request)).toMatchObject({
      status: 409,
      error: { code: "not-seeded-yet" },
    });

    await writeFile(join(sandbox.folder, "agent-is-ready"), "");
    await boot.until("boot.seeded");
    const first = adopt(sandbox, request);
    await boot.until("phase.started", ({ id }) => id === "hook.start:origin");
    expect(await adopt(sandbox, request)).toMatchObject({
      status: 409,
      error: { code: "adopting" },
    });
    await gate.open();
    expect((await first).status).toBe(200);
    expect(await adopt(sandbox, request)).toMatchObject({
      status: 409,
      error: { code: "already-bound" },
    });
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("that fails leaves nothing of its repository and its hooks, and the next one works", async () => {
    const sandbox = await createSeed({
      files: {
        ".openinspect/start.sh":
          "setsid sleep 1000 & echo the service is up; echo the database is down >&2; exit 7\n",
      },
    });
    await sandbox.origin.commit("fixed", { ".openinspect/start.sh": "echo fine\n" });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const before = sandbox.left().map(({ pid }) => pid);

    const failed = await adopt(sandbox, {
      repositories: [{ name: "demo", url: sandbox.origin.path, branch: "main" }],
    });
    expect(failed.status).toBe(422);
    expect(failed.error).toMatchObject({
      code: "hook-failed",
      message: expect.stringContaining("start.sh ended with exit code 7"),
      detail: { phase: "hook.start:demo" },
    });
    expect(failed.error.outputTail).toContain("the database is down");
    expect(existsSync(sandbox.repository)).toBe(false);
    expect(sandbox.left().map(({ pid }) => pid)).toEqual(before);
    const event = await boot.until("adopt.failed");
    expect(event).toMatchObject({ phase: "hook.start:demo" });
    expect(await boot.report()).toMatchObject({
      outcome: "seeded",
      adopt: { status: "failed", failed: { phase: "hook.start:demo" } },
    });

    const again = await adopt(sandbox, {
      repositories: [{ name: "demo", url: sandbox.origin.path, branch: "fixed" }],
    });
    expect(again.status).toBe(200);
    expect(await git(sandbox.repository, "branch", "--show-current")).toBe("fixed");
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    const report = await boot.report();
    expect(report).toMatchObject({ outcome: "ready", adopt: { status: "adopted" } });
    expect(report.adopt?.failed).toBeUndefined();
    expect(report.phases.filter(({ status }) => status !== "done" && status !== "skipped")).toEqual(
      [],
    );
  });

  it("that fails in the middle of a sync leaves no new checkout, and keeps an earlier one", async () => {
    const sandbox = await createSeed();
    const work = join(sandbox.folder, "with-submodule");
    await git(sandbox.folder, "clone", "--quiet", sandbox.origin.path, work);
    const gone = `160000,${await git(work, "rev-parse", "HEAD")},lib`;
    await git(work, "update-index", "--add", "--cacheinfo", gone);
    await writeFile(
      join(work, ".gitmodules"),
      '[submodule "lib"]\n\tpath = lib\n\turl = /nowhere.git\n',
    );
    await git(work, "add", ".gitmodules");
    await git(work, "commit", "--quiet", "-m", "a submodule that is gone");
    const workspace = join(sandbox.folder, "workspace");
    const mine = join(workspace, "mine");
    await git(sandbox.folder, "clone", "--quiet", work, mine);
    await writeFile(join(mine, "notes.txt"), "not committed");
    await mkdir(join(workspace, "mounted"));

    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const places = {
      fresh: "fresh",
      mounted: "mounted",
      mine: "mine",
      nested: "in/folders/of/its/own",
    };
    for (const [name, path] of Object.entries(places)) {
      const failed = await adopt(sandbox, {
        repositories: [{ url: work, name, path, submodules: true }],
      });
      expect(failed).toMatchObject({
        status: 422,
        error: { detail: { phase: `workspace.sync:${name}`, step: "submodule update" } },
      });
    }
    expect(await readdir(workspace)).toEqual(["mine"]);
    expect(await readFile(join(mine, "notes.txt"), "utf8")).toBe("not committed");
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("works by the command line, with flags or a request on stdin; a failure shows its last lines", async () => {
    const sandbox = await createSeed({
      files: { ".openinspect/setup.sh": "echo no compiler; exit 4\n" },
    });
    await sandbox.origin.commit("fixed", { ".openinspect/setup.sh": "true\n" });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const run = (args: string[], input = "") =>
      execa(sandbootBin, ["adopt", "--socket", "state/runtime.sock", ...args], {
        cwd: sandbox.folder,
        input,
        reject: false,
      });
    const failed = await run(["--repo", "./origin.git", "--branch", "main"]);
    expect(failed).toMatchObject({ exitCode: 1, stdout: "" });
    expect(failed.stderr).toContain("hook.setup:origin: ");
    expect(failed.stderr).toContain("│ no compiler");

    const bad = await run(["--branch", "main"]);
    expect(bad).toMatchObject({ exitCode: 2 });
    expect(bad.stderr).toContain("--branch: expected --repo with it");

    const repositories = [{ url: sandbox.origin.path, branch: "fixed", name: "demo" }];
    const adopted = await run(["--binding", "-"], JSON.stringify({ repositories }));
    expect(adopted).toMatchObject({ exitCode: 0, stderr: "" });
    expect(adopted.stdout).toMatch(/^adopted in .+ m?s\n {2}bridge {2}http:\S+$/);

    const twice = await run(["--repo", "./origin.git"]);
    expect(twice.exitCode).toBe(1);
    expect(twice.stderr).toContain("has been bound already");
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("never shows the password of a request's URL", async () => {
    const sandbox = await createSeed();
    const server = await startGitServer(sandbox.folder, "x-token:pass-of-the-request");
    const boot = await sandbox.boot({ env: { GIT_CURL_VERBOSE: "1" } });
    await boot.until("boot.seeded");
    const url = `${server.origin.replace("://", "://x-token:pass-of-the-request@")}/origin.git`;
    // A branch that does not exist, because its failure has a long message.
    const failed = await adopt(sandbox, { repositories: [{ url, branch: "nowhere" }] });
    expect(failed).toMatchObject({ status: 422, error: { code: "git-failed" } });
    expect((await adopt(sandbox, { repositories: [{ url }] })).status).toBe(200);
    boot.signal("SIGTERM");
    const { stderr } = await boot.ended();
    const said = [stderr, JSON.stringify([boot.events, await boot.report(), failed])].join("\n");
    const basic = Buffer.from("x-token:pass-of-the-request").toString("base64");
    for (const secret of ["pass-of-the-request", basic]) expect(said).not.toContain(secret);
  });

  it("ends with the sandbox, and leaves no process", async () => {
    const sandbox = await createSeed({ files: { ".openinspect/start.sh": "sleep 1000\n" } });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const adopting = adopt(sandbox, { repositories: [{ url: sandbox.origin.path }] });
    await boot.until("phase.started", ({ id }) => id === "hook.start:origin");
    boot.signal("SIGTERM");
    expect(await adopting).toMatchObject({ status: 422, error: { code: "cancelled" } });
    expect((await boot.ended()).exitCode).toBe(0);
    expect(sandbox.left()).toEqual([]);
  });

  it("names the mistakes in a request, and uses the config's repositories when the request has none", async () => {
    const sandbox = await createSeed();
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const messageOf = async (request: object) => {
      const { status, error } = await adopt(sandbox, request);
      expect({ status, code: error.code }).toEqual({ status: 400, code: "bad-request" });
      return error.message;
    };
    expect(await messageOf({})).toContain("repositories: expected at least one");
    expect(await messageOf({ repositories: [{ url: "--upload-pack=evil" }] })).toContain(
      "repositories.0.url: expected",
    );
    expect(
      await messageOf({ repositories: [{ url: "https://h/a.git", branch: "--force" }] }),
    ).toContain("repositories.0.branch: expected");
    expect(
      await messageOf({ repositories: [{ url: "https://h/a.git", path: "../../etc" }] }),
    ).toContain("repositories.0.path: expected a folder in the workspace");
    expect(
      await messageOf({ repositories: [{ url: "https://h/a.git" }, { url: "https://i/a" }] }),
    ).toContain('repositories: expected a name once, found "a" twice');
    boot.signal("SIGTERM");
    await boot.ended();

    const { path } = sandbox.origin;
    const other = await createSeed({ config: { repositories: [{ name: "mine", url: path }] } });
    const second = await other.boot();
    await second.until("boot.seeded");
    expect((await adopt(other, {})).status).toBe(200);
    expect(await readFile(join(other.folder, "workspace/mine/README.md"), "utf8")).toBe("# Demo\n");
    second.signal("SIGTERM");
    expect((await second.ended()).exitCode).toBe(0);
  });
});
