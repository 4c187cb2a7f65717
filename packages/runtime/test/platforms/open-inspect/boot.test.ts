import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OpenInspectControlPlane, TOKEN } from "../../fixtures/open-inspect/control-plane.ts";
import { git } from "../../support/git.ts";
import { bootOpenInspect as boot, hook } from "../../support/open-inspect.ts";
import { skill } from "../../support/skills.ts";

const prompt = { type: "prompt", messageId: "message-1" };

describe("an Open-Inspect sandbox", () => {
  it("fresh, two repositories, a setup that fails: a warning, one hook at a time, a prompt is answered, shutdown ends it with 0", async () => {
    const plane = await OpenInspectControlPlane.start();
    plane.skills = [skill("deploy"), skill("review")];
    const log = (name: string) => `echo ${name} $OPENINSPECT_BOOT_MODE >> ../log`;
    const {
      sandbox,
      boot: running,
      read,
      heard,
    } = await boot({
      plane,
      web: { ...hook("setup", `${log("setup web")}; exit 3`), ...hook("start", log("start web")) },
      api: {
        ...hook("setup", log("setup api")),
        ...hook(
          "start",
          [
            log("start api"),
            "env > ../environment",
            "printf 'protocol=https\\nhost=git.example.org\\n\\n' | git credential fill > ../filled",
          ].join("\n"),
        ),
        "AGENTS.md": "# Read me\n",
        ".claude/skills/review/SKILL.md": "---\nname: review\n---\n",
      },
      session: { working_branch_name: "oi/work" },
    });
    const ready = await heard("ready");
    const workspace = join(sandbox.folder, "workspace");
    const checkout = (name: string) => ({
      owner: "acme",
      name,
      branch: "main",
      path: join(workspace, name),
    });
    const sha = await git(join(workspace, "web"), "rev-parse", "HEAD");
    expect(ready["repositories"]).toMatchObject([
      { ...checkout("web"), baseSha: sha },
      checkout("api"),
    ]);
    expect(JSON.parse(await read("oi-repo-manifest.json"))).toEqual({
      repositories: ready["repositories"],
    });
    // Its own skill has the name of one that is managed.
    expect(await readdir(join(sandbox.home, ".config/opencode/skills"))).toEqual(["deploy"]);
    expect(await heard("warning")).toMatchObject({
      scope: "setup",
      repoOwner: "acme",
      repoName: "web",
      message: expect.stringContaining("exit code 3"),
    });
    const order = ["setup web", "setup api", "start web", "start api"];
    expect((await readFile(join(workspace, "log"), "utf8")).trim().split("\n")).toEqual(
      order.map((line) => `${line} fresh`),
    );
    expect(await readFile(join(workspace, "filled"), "utf8")).toContain(
      "password=t0ken-of-git-1\n",
    );
    expect(await readFile(join(workspace, "environment"), "utf8")).not.toMatch(
      new RegExp(`t0ken-of-git|${TOKEN}`),
    );
    const instructions = await readFile(join(workspace, "AGENTS.md"), "utf8");
    expect(instructions).toContain("`./api/AGENTS.md`");
    expect(instructions).not.toContain("`./web/AGENTS.md`");
    expect(instructions).toContain("`oi/work`");
    await running.until("boot.ready");
    plane.send(prompt);
    expect(await heard("execution_complete")).toMatchObject({ success: true });
    plane.shutDown();
    expect(await running.ended()).toEqual({ exitCode: 0, stderr: expect.any(String) });
    expect(plane.posts).toEqual([]);
    expect(plane.types).toEqual(["ready", "warning", "warning", "execution_complete"]);
    expect(plane.heard[2]).toMatchObject({
      scope: "skills",
      message: expect.stringContaining("review"),
    });
  });

  it("that connects early: tells every step in one sequence, is ready when the agent is, and takes an early prompt in time", async () => {
    const {
      plane,
      sandbox,
      boot: running,
      read,
      heard,
    } = await boot({
      web: hook("start", "until [ -e ../go ]; do sleep 0.02; done; echo up"),
      session: { bridge_early_connect: true },
      env: { FROM_REPO_IMAGE: "true" },
    });
    await heard("boot_progress");
    plane.send(prompt);
    await running.until("phase.started", ({ id }) => id === "hook.start:web");
    expect(plane.types).not.toContain("ready");
    await writeFile(join(sandbox.folder, "workspace/go"), "");
    await heard("ready");
    expect(await heard("execution_complete")).toMatchObject({ success: true });
    const lines = (await read("oi-boot-events.jsonl")).trim().split("\n");
    const steps = lines.map((line) => JSON.parse(line));
    expect(steps.map(({ seq }) => seq)).toEqual(steps.map((_, at) => at + 1));
    expect(steps.map(({ phase, status }) => `${phase} ${status}`)).toEqual([
      "sync started",
      "sync completed",
      "start started",
      "start completed",
      "skills started",
      "skills completed",
      "harness started",
      "harness completed",
    ]);
    expect(steps[1]).toMatchObject({ kind: "phase", repoOwner: "acme", repoName: "web" });
    running.signal("SIGTERM");
    expect((await running.ended()).exitCode).toBe(0);
  });

  it("whose start.sh fails: the control plane hears the fatal error, and no bridge connects", async () => {
    const { plane, boot: running } = await boot({ web: hook("start", "echo no database; exit 9") });
    expect((await running.ended()).exitCode).toBe(1);
    expect(plane.heard).toMatchObject([
      {
        path: "/sandbox/sb-1/error",
        authorization: `Bearer ${TOKEN}`,
        body: { fatal: true, error: expect.stringContaining("exit code 9") },
      },
    ]);
  });

  it("later: the session hears of the fatal error, its step, the step's number and the script's last words", async () => {
    const {
      plane,
      boot: running,
      read,
    } = await boot({
      web: hook("start", "echo no database; exit 9"),
      session: { bridge_early_connect: true },
    });
    expect((await running.ended()).exitCode).toBe(1);
    const { bootSeq, ...body } = plane.posts[0]?.body ?? {};
    expect(plane.posts).toHaveLength(1);
    expect(plane.posts[0]).toMatchObject({
      path: "/sessions/session-1/sandbox-error",
      authorization: `Bearer ${TOKEN}`,
    });
    expect(body).toEqual({
      error: expect.stringContaining("exit code 9"),
      fatal: true,
      phase: "start",
      repoOwner: "acme",
      repoName: "web",
      outputTail: ["no database"],
    });
    // The same number as in the file, by which the bridge has told of it.
    const steps = (await read("oi-boot-events.jsonl"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(steps.find(({ seq }) => seq === bootSeq)).toMatchObject({
      phase: "start",
      status: "failed",
    });
  });

  it("whose token is refused ends with 0, as the session is over", async () => {
    const plane = await OpenInspectControlPlane.start();
    plane.token = "another";
    const { boot: running } = await boot({ plane });
    expect((await running.ended()).exitCode).toBe(0);
    expect(plane.heard).toEqual([]);
  });

  it("whose bridge says that no restart would help: fatal, at once", async () => {
    const {
      plane,
      boot: running,
      heard,
    } = await boot({
      env: { SANDBOOT_OPEN_INSPECT_LATER: "exit-78,session-error" },
      prepare: ({ files }) =>
        writeFile(join(files, "oi-bridge-fatal-error.txt"), "of another boot"),
    });
    await heard("ready");
    await running.until("boot.ready");
    plane.send({ type: "exit", code: 78, because: "Commit signing configuration unavailable\n" });
    expect((await running.ended()).exitCode).toBe(1);
    // In the bridge's own words.
    const error = "Commit signing configuration unavailable";
    expect(plane.posts).toMatchObject([
      { path: "/sessions/session-1/sandbox-error", body: { fatal: true, error, phase: "harness" } },
    ]);
  });

  it("build: one setup after the other, the callback until it is taken, then it stays until it is told to end", async () => {
    const plane = await OpenInspectControlPlane.start();
    plane.refusals.push(503);
    const env = plane.buildEnv();
    const { sandbox, boot: running } = await boot({
      plane,
      web: hook("setup", "env"),
      env,
    });
    const { detail } = await running.until("phase.ended", ({ id }) => id === "build.record");
    await running.until("phase.ended", ({ id }) => id === "build.callback");
    const message = {
      path: "/build-complete",
      authorization: `Bearer ${TOKEN}`,
      body: {
        build_id: "build-1",
        provider_session_id: "provider-1",
        build_duration_seconds: expect.any(Number),
        repository_shas: [
          { repoOwner: "acme", repoName: "web", baseSha: (detail["shas"] as string[])[0] },
        ],
        runtime_version: "v61",
      },
    };
    expect(plane.heard).toEqual([message, message]);
    expect(await sandbox.agentRecord()).toEqual([]);
    expect(running.position("shutdown.started")).toBe(-1);
    const lines = running.events.flatMap((event) => ("line" in event ? [event.line] : []));
    expect(lines).toContain("OPENINSPECT_BOOT_MODE=build");
    expect(lines.filter((line) => line.startsWith("OI_REPO_IMAGE_CALLBACK_TOKEN"))).toEqual([]);
    running.signal("SIGTERM");
    expect((await running.ended()).exitCode).toBe(0);
  });

  it("build that fails, in its setup or in its time: the other callback, and exit code 1", async () => {
    const plane = await OpenInspectControlPlane.start();
    const env = { ...plane.buildEnv(), OI_IMAGE_BUILD_EXECUTION_TIMEOUT_SECONDS: "1" };
    const { boot: running } = await boot({ plane, web: hook("setup", "sleep 1000"), env });
    expect((await running.ended()).exitCode).toBe(1);
    const byPath = plane.posts.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    expect(byPath).toMatchObject([
      {
        path: "/build-failed",
        authorization: `Bearer ${TOKEN}`,
        body: { build_id: "build-1", error: "the build was not done within 1 s" },
      },
      { path: "/sandbox/sb-1/error" },
    ]);
  });

  it("without a session or a control plane has sandboot's own bridge", async () => {
    const { boot: running, sandbox } = await boot({ env: { CONTROL_PLANE_URL: "" } });
    await running.until("boot.ready");
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await sandbox.ask("/x", { headers })).status).toBe(200);
    running.signal("SIGTERM");
    await running.ended();
  });
});
