import { type ChildProcessByStdio, spawn } from "node:child_process";
import { on, once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { bareEnv } from "../support/bare-env.ts";
import { endAll, sandbootBin } from "../support/sandboot.ts";
import { Sandbox, type SandboxOptions } from "../support/sandbox.ts";

interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Runs `sandboot boot` in a pipe, without `--json`. */
async function bootWithLogs(options: SandboxOptions, env: Record<string, string> = {}) {
  const sandbox = await Sandbox.create({ agentKind: "fixture", ...options });
  const config = join(sandbox.folder, "sandboot.json");
  await writeFile(config, JSON.stringify(sandbox.config));
  const report = join(sandbox.folder, "report.json");
  const args = ["boot", "--config", config, "--report", report];
  return {
    sandbox,
    config,
    report,
    start: (...more: string[]) => {
      const child = spawn(sandbootBin, [...args, ...more], {
        cwd: sandbox.folder,
        env: { ...bareEnv(), HOME: sandbox.home, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      onTestFinished(() => endAll(child, { home: sandbox.home }));
      return child;
    },
  };
}

const linesOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LogLine);

describe("sandboot boot in a pipe", () => {
  it("writes log lines of pino, in the order of the events, with their times; failures are on stderr", async () => {
    const { start } = await bootWithLogs({
      files: { ".openinspect/start.sh": "echo from the hook\nexit 7\n" },
    });
    const child = start();
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    const lines = linesOf(stdout);
    for (const line of lines) {
      expect(line).toMatchObject({ name: "sandboot", pid: child.pid, msg: expect.any(String) });
      expect(Number.isInteger(line.level) && Number.isInteger(line.time)).toBe(true);
      expect(line).toHaveProperty("runtimeVersion");
    }
    expect(lines[0]).toMatchObject({ event: "boot.started", mode: "repo_image" });
    expect(lines.find(({ msg }) => msg === "from the hook")).toMatchObject({
      level: 30,
      phase: "hook.start:demo",
      stream: "stdout",
    });
    expect(lines.find(({ event }) => event === "boot.failed")).toMatchObject({
      level: 50,
      phase: "hook.start:demo",
      failure: { code: "hook-failed" },
    });
    expect(lines.at(-1)).toMatchObject({ event: "shutdown.ended" });
    expect(lines.map(({ ms }) => ms)).toEqual(
      lines.map(({ ms }) => ms as number).sort((a, b) => a - b),
    );
    expect(lines.some(({ level }) => level < 30)).toBe(false);
    expect(stderr).toContain("ended with exit code 7");
  });

  it("goes on when the reader of its output is gone", async () => {
    const { start, report } = await bootWithLogs({
      files: { ".openinspect/start.sh": "for i in $(seq 2000); do echo line $i; done\n" },
    });
    const child = start("--until", "ready");
    await once(child.stdout, "data");
    child.stdout.destroy();
    const stderr = text(child.stderr);
    await once(child, "close");
    expect({ exitCode: child.exitCode, stderr: await stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(JSON.parse(await readFile(report, "utf8"))).toMatchObject({ outcome: "ready" });
  });

  it("refuses an unknown log level as bad input", async () => {
    const { exitCode, stderr } = await execa(sandbootBin, ["boot"], {
      env: { SANDBOOT_LOG_LEVEL: "loud" },
      cwd: "/",
      reject: false,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("SANDBOOT_LOG_LEVEL: expected one of trace, debug");
  });
});

describe("secrets", () => {
  const secrets = {
    fromEnv: "env-token-0123456789",
    ofAgent: "agent-key-0123456789",
    ofSidecar: "sidecar-pw-0123456789",
    inJson: "session-secret-0123456789",
    inUrl: "url-password-0123456789",
  };
  const basic = Buffer.from(`me:${secrets.inUrl}`).toString("base64");
  /** The part of the base64 of `x:SECRET` that depends on the secret alone. */
  const within = Buffer.from(`x:${secrets.fromEnv}`).toString("base64").slice(3, -4);

  it("that hooks, agent and sidecars print do not appear in log, events, history, report or API", async () => {
    const { sandbox, config, start, report } = await bootWithLogs(
      {
        files: {
          ".openinspect/start.sh": `
echo "plain $MY_TOKEN and $SESSION_CONFIG"
printf 'split over writes %s' "\${MY_TOKEN:0:7}"; printf '%s\\n' "\${MY_TOKEN:7}"
echo "base64 $(printf 'x:%s' "$MY_TOKEN" | base64 -w0) and ${basic}"
echo "$DATABASE_URL" >&2
echo "agent ${secrets.ofAgent}"
printf '%065526d%s\\n' 0 "$MY_TOKEN"
`,
        },
        agent: { env: { MODEL_API_KEY: secrets.ofAgent } },
        config: {
          sidecars: [
            {
              id: "db",
              command: ["bash", "-c", 'echo "my password is $DB_PASSWORD"; sleep 1000'],
              env: { DB_PASSWORD: secrets.ofSidecar },
              readiness: { logLine: "my password is" },
            },
          ],
        },
      },
      {
        MY_TOKEN: secrets.fromEnv,
        SESSION_CONFIG: JSON.stringify({ auth: { clientSecret: secrets.inJson } }),
        DATABASE_URL: `postgres://me:${secrets.inUrl}@db.example/x`,
      },
    );
    const child = start();
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    await until(child, (lines) => {
      const isReady = lines.some(({ event }) => event === "boot.ready");
      return (
        isReady && lines.some(({ process, status }) => process === "db" && status === "running")
      );
    });
    const ask = async (...args: string[]) =>
      (await execa(sandbootBin, [...args, "--config", config], { all: true })).all;
    const api = await Promise.all([ask("events"), ask("status", "--json"), ask("logs", "db")]);
    child.kill("SIGTERM");
    const seen = [...api, await stdout, await stderr, await readFile(report, "utf8")];
    const state = join(sandbox.folder, "state");
    seen.push(await readFile(join(state, "events.jsonl"), "utf8"));
    for (const name of await readdir(join(state, "history")))
      seen.push(await readFile(join(state, "history", name), "utf8"));

    expect(api[2]).toContain("my password is [redacted]");
    const all = seen.join("\n");
    expect(all).toContain("split over writes [redacted]");
    expect(all).toContain("[redacted]… (line cut)");
    for (const secret of [...Object.values(secrets), basic, within])
      expect(all).not.toContain(secret);
    expect(all).not.toContain(secrets.fromEnv.slice(0, 10));
  });
});

/** Resolves when the lines printed so far fit. */
async function until(
  child: ChildProcessByStdio<null, Readable, Readable>,
  fits: (lines: readonly LogLine[]) => boolean,
) {
  let seen = "";
  for await (const [chunk] of on(child.stdout, "data", { close: ["end"] })) {
    seen += String(chunk);
    const whole = seen.slice(0, seen.lastIndexOf("\n") + 1);
    if (whole !== "" && fits(linesOf(whole))) return;
  }
  throw new Error(`it ended without that:\n${seen}`);
}
