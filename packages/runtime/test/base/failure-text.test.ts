import { describe, expect, it } from "vitest";
import { Failed, failureOf, toWire } from "../../src/base/failed.ts";
import type { FailureCode, FailureValue } from "../../src/base/failure.ts";
import { type FailureTexts, failureTexts } from "../../src/base/failure-text.ts";
import { type Errno, systemErrorOf } from "../../src/base/system-error.ts";

const outputTail = ["the last line but one", "the last line"];
const script = "/workspace/shop/start.sh";
const git = { code: "git-failed", step: "fetch", cwd: "/workspace/shop", outputTail } as const;
const agent = { code: "process-exited", process: "agent", outputTail } as const;
const report = { code: "report-unreadable", path: "/report.json", schemaVersion: 1 } as const;
const ttyd = { code: "not-started", process: "ttyd" } as const;
const missing = { errno: "ENOENT", why: "no-program", command: "a-program" } as const;
const remote = "https://host/acme/shop.git";

/** Every kind of failure. A missing code does not compile. */
const samples: { readonly [Code in FailureCode]: readonly FailureValue<Code>[] } = {
  "stage-unusable": [
    {
      code: "stage-unusable",
      problem: "unusable",
      path: "/stage/stage.json",
      reason: "it is not JSON",
    },
    { code: "stage-unusable", problem: "misplaced", reason: "/target lies in the stage" },
  ],
  "hook-failed": [
    { code: "hook-failed", script, problem: "not-a-file" },
    {
      code: "hook-failed",
      script,
      problem: "unreadable",
      cause: { errno: "EACCES", syscall: "open", path: script },
    },
    { code: "hook-failed", script, problem: "exited", exitCode: 7, outputTail },
    { code: "hook-failed", script, problem: "signalled", signal: "SIGKILL", outputTail },
    { code: "hook-failed", script, problem: "not-started", start: missing, outputTail },
    { code: "hook-failed", script, problem: "stopped", outputTail },
  ],
  "hook-timeout": [{ code: "hook-timeout", script, kind: "start", timeoutMs: 1500, outputTail }],
  "lines-missing": [
    { code: "lines-missing", file: "/w/tunnels.env", lines: ["TUNNEL_3000="], timeoutMs: 30_000 },
  ],
  "git-failed": [
    { ...git, problem: "exited", exitCode: 128, diagnosis: null },
    { ...git, problem: "exited", exitCode: 1, diagnosis: { id: "lfs-missing" } },
    { ...git, problem: "exited", exitCode: 1, diagnosis: { id: "local-changes" } },
    { ...git, problem: "exited", exitCode: 1, diagnosis: { id: "host-key-changed", remote } },
    { ...git, problem: "exited", exitCode: 1, diagnosis: { id: "host-key-unknown", remote: null } },
    { ...git, problem: "signalled", signal: "SIGTERM", diagnosis: null },
    { ...git, problem: "not-started", start: missing, diagnosis: null },
    { ...git, problem: "stopped", diagnosis: null },
    { code: "git-failed", problem: "locked", checkout: "/w/shop", lock: "/w/shop/.git/index.lock" },
    { code: "git-failed", problem: "place-taken", path: "/w/shop", by: "file" },
    { code: "git-failed", problem: "place-taken", path: "/w/shop", by: "other-files" },
    { code: "git-failed", problem: "place-taken", path: "/w/shop/lib/", by: "repository" },
    {
      code: "git-failed",
      problem: "unwritten",
      checkout: "/w/shop",
      path: "/w/shop/big.bin",
      outputTail: ["error: unable to write file big.bin"],
    },
    {
      code: "git-failed",
      problem: "trap",
      checkout: "/w/shop",
      path: "/w/shop/.git/config",
      is: "pipe",
    },
    { code: "git-failed", problem: "trap", checkout: "/w/a", path: "/w/a", is: "link", to: "/x" },
    { code: "git-failed", problem: "no-commit", checkout: "/w/shop", branch: "main" },
  ],
  "no-credential": [
    ...(
      [
        { problem: "refused", status: 403, answer: "this session has ended" },
        { problem: "refused", status: 502, answer: "" },
        { problem: "late", timeoutMs: 15_000 },
        { problem: "unreachable", cause: { error: "socket hang up" } },
        { problem: "absent" },
        { problem: "unusable", what: "is no JSON" },
        { problem: "expired" },
        { problem: "program", ending: { problem: "exited", exitCode: 1 }, lastLine: "log in" },
        { problem: "program", ending: { problem: "exited", exitCode: 1 }, lastLine: null },
        { problem: "ending" },
        { problem: "replaced" },
      ] as const
    ).map((why) => ({
      code: "no-credential" as const,
      host: "git.example.org",
      asked: "https://plane.example.org/credentials",
      why,
    })),
  ],
  "git-timeout": [
    { code: "git-timeout", step: "clone", cwd: "/workspace", timeoutMs: 60_000, outputTail },
  ],
  "unfit-file": [{ code: "unfit-file", path: "/home/agent/.env", why: "is not a regular file" }],
  "agent-warm-up": [{ code: "agent-warm-up", agent: "OpenCode", path: "/config", status: 500 }],
  "port-in-use": [
    { code: "port-in-use", port: 4096, key: "agent.port", holder: null },
    { code: "port-in-use", port: 1, key: "bridge.port", holder: { pid: 7, command: "nc -l 1" } },
  ],
  "not-installed": [{ code: "not-installed", process: "ttyd", command: "ttyd" }],
  "not-started": [
    { ...ttyd, start: missing },
    { ...ttyd, start: { errno: "ENOENT", why: "no-interpreter", command: "/bin/ttyd" } },
    { ...ttyd, start: { errno: "ENOENT", why: "no-folder", cwd: "/workspace" } },
    { ...ttyd, start: { errno: "ENOTDIR", why: "not-a-folder", cwd: "/workspace" } },
    { ...ttyd, start: { errno: "EACCES", why: "not-allowed", command: "ttyd", cwd: "/" } },
    { ...ttyd, start: { errno: "E2BIG", why: "too-long" } },
    { ...ttyd, start: { errno: "ENOMEM", why: "other", error: "spawn ENOMEM" } },
  ],
  "shutting-down": [{ code: "shutting-down", process: "agent" }],
  "bad-auth-file": [{ code: "bad-auth-file", path: "/root/auth.json" }],
  "mcp-packages": [{ code: "mcp-packages", packages: ["one", "two@3"], outputTail }],
  "process-exited": [
    { ...agent, problem: "exited", exitCode: 1, wasReady: false },
    { ...agent, problem: "signalled", signal: "SIGKILL", wasReady: true },
    { ...agent, problem: "not-started", start: missing, wasReady: false },
    { ...agent, problem: "stopped", wasReady: true },
    {
      ...agent,
      problem: "foreign-listener",
      port: 4096,
      holder: { pid: 7, command: "opencode serve" },
    },
    { ...agent, problem: "foreign-listener", port: 4096, holder: null },
    { ...agent, problem: "wrong-port", url: "http://127.0.0.1:1", expectedPort: 4096 },
    { ...agent, problem: "unusable", reason: "did not open the workspace" },
    { ...agent, problem: "given-up", reason: "restarted 5 times within 60 s" },
    { ...agent, problem: "down", status: "idle" },
  ],
  "ready-timeout": [{ code: "ready-timeout", process: "agent", timeoutMs: 30_000, outputTail }],
  "agent-session": [
    {
      code: "agent-session",
      problem: "no-answer",
      method: "POST",
      url: "http://127.0.0.1:4096/session",
      error: "socket hang up",
    },
    {
      code: "agent-session",
      problem: "late",
      method: "POST",
      url: "http://127.0.0.1:4096/session",
      timeoutMs: 3_000,
    },
    {
      code: "agent-session",
      problem: "too-long",
      method: "POST",
      url: "http://127.0.0.1:4096/session",
      maxBytes: 16_777_216,
    },
    {
      code: "agent-session",
      problem: "refused",
      agent: "OpenCode",
      directory: "/w",
      status: 500,
      outputTail,
    },
    {
      code: "agent-session",
      problem: "not-a-session",
      agent: "OpenCode",
      directory: "/w",
      status: 200,
      outputTail,
    },
    {
      code: "agent-session",
      problem: "warm-up",
      method: "POST",
      path: "/open",
      status: 404,
      outputTail,
    },
    {
      code: "agent-session",
      problem: "needs-authentication",
      agent: "Codex",
      directory: "/w",
      message: "Authentication required",
      methods: [{ id: "api-key", name: "API Key" }],
      keys: ["OPENAI_API_KEY"],
    },
    {
      code: "agent-session",
      problem: "acp-refused",
      agent: "Codex",
      directory: "/w",
      message: "Internal error",
      errorCode: -32_603,
    },
  ],
  "skills-not-fetched": [
    { code: "skills-not-fetched", url: "https://plane/skills", reason: "status 503" },
  ],
  "build-timeout": [{ code: "build-timeout", timeoutMs: 600_000 }],
  "callback-failed": [
    { code: "callback-failed", url: "https://plane/built", attempts: 3, reason: "status 503" },
  ],
  "phase-timeout": [{ code: "phase-timeout", phase: "agent.mcp", timeoutMs: 120_000 }],
  "bad-request": [
    { code: "bad-request", problem: "not-json", error: "Unexpected token" },
    { code: "bad-request", problem: "not-an-object" },
    {
      code: "bad-request",
      problem: "field",
      field: "tail",
      expected: "a whole number from 0",
      found: '"-1"',
    },
    {
      code: "bad-request",
      problem: "input",
      problems: [{ source: "request", key: "repositories", expected: "a list", found: "a number" }],
    },
  ],
  unauthorized: [{ code: "unauthorized" }],
  "foreign-site": [{ code: "foreign-site", header: "Host", value: "evil.example:7680" }],
  "not-found": [{ code: "not-found", path: "/v1/nothing" }],
  "method-not-allowed": [
    { code: "method-not-allowed", path: "/v1/state", method: "POST", allowed: ["GET"] },
  ],
  "no-such-agent": [{ code: "no-such-agent", agent: "cursor", known: ["claude", "codex"] }],
  "no-such-process": [
    { code: "no-such-process", process: "postgres", known: ["agent", "ttyd"] },
    { code: "no-such-process", process: "postgres", known: [] },
  ],
  "no-report-yet": [{ code: "no-report-yet" }],
  booting: [{ code: "booting", process: "agent", action: "restart" }],
  "not-a-seed": [{ code: "not-a-seed", mode: "fresh" }],
  "not-seeded-yet": [{ code: "not-seeded-yet" }],
  adopting: [{ code: "adopting" }],
  "nothing-to-retry": [{ code: "nothing-to-retry" }],
  retrying: [{ code: "retrying" }],
  "cannot-freeze": [
    { code: "cannot-freeze", status: "booting" },
    { code: "cannot-freeze", status: "stopping" },
  ],
  frozen: [{ code: "frozen" }],
  spent: [{ code: "spent" }],
  "already-bound": [{ code: "already-bound", id: "claim-7" }],
  stopping: [{ code: "stopping" }],
  "too-long": [{ code: "too-long", maxBytes: 65_536 }],
  "agent-unreachable": [{ code: "agent-unreachable" }],
  "agent-gone": [{ code: "agent-gone", error: "socket hang up" }],
  "not-ready": [
    { code: "not-ready", reason: "full", progress: "booting: stage" },
    { code: "not-ready", reason: "deadline", progress: "booting: stage" },
    { code: "not-ready", reason: "unavailable", progress: "ready" },
    { code: "not-ready", reason: "closed-for-good", progress: "stopping" },
    { code: "not-ready", reason: "full", progress: "ready", agent: "codex (Codex)" },
    { code: "not-ready", reason: "deadline", progress: "ready", agent: "codex (Codex)" },
    { code: "not-ready", reason: "unavailable", progress: "it ended", agent: "codex (Codex)" },
  ],
  "bad-input": [
    {
      code: "bad-input",
      problems: [
        { source: "sandboot.json", key: "agent.port", expected: "a number", found: "nothing" },
        { source: "sandboot.json", key: "", expected: "JSON", found: "an empty file" },
      ],
    },
  ],
  "socket-taken": [
    { code: "socket-taken", path: "/state/runtime.sock", problem: "other-runtime", pid: 7 },
    { code: "socket-taken", path: "/state/runtime.sock", problem: "other-runtime", pid: null },
    { code: "socket-taken", path: "/state/runtime.sock", problem: "not-a-socket" },
  ],
  "report-unreadable": [
    {
      ...report,
      problem: "unreadable",
      cause: { errno: "ENOENT", syscall: "open", path: "/report.json" },
    },
    { ...report, problem: "empty" },
    { ...report, problem: "not-json", error: "Unexpected token" },
    { ...report, problem: "other-version", version: 2 },
    { ...report, problem: "other-json", key: "phases", error: "expected an array" },
    { ...report, problem: "other-json", key: "", error: "expected an object" },
  ],
  "no-boot-on-record": [
    { code: "no-boot-on-record", folder: "/state/history", needed: 1 },
    { code: "no-boot-on-record", folder: "/state/history", needed: 2 },
  ],
  "no-runtime": [
    {
      code: "no-runtime",
      place: "/state/runtime.sock",
      from: "--socket",
      reason: "nothing listens there",
    },
  ],
  "bad-plan": [
    { code: "bad-plan", problem: "duplicate-id", phase: "stage" },
    { code: "bad-plan", problem: "unknown-need", phase: "stage", need: "sync" },
    { code: "bad-plan", problem: "unknown-until", phase: "prefetch", until: "sync" },
    { code: "bad-plan", problem: "required-until", phase: "stage" },
    { code: "bad-plan", problem: "cycle", path: ["a", "b", "a"] },
  ],
  "processes-survived": [
    { code: "processes-survived", processes: [{ pid: 7, command: "sleep 9" }] },
  ],
  cancelled: [{ code: "cancelled", reason: "the sandbox is being ended" }],
  "system-error": [
    { code: "system-error", errno: "ENOSPC", syscall: "write", path: "/state/build.json" },
    { code: "system-error", errno: "EACCES", syscall: "listen", path: "127.0.0.1:80" },
    { code: "system-error", errno: "EMFILE", syscall: "uv_spawn", path: null },
    { code: "system-error", errno: "EMFILE", syscall: null, path: null },
    { code: "system-error", errno: "EEXIST", syscall: "mkdir", path: "/state" },
  ],
  "internal-error": [
    { code: "internal-error", error: "TypeError: x is not a function", outputTail },
  ],
};

const values: readonly FailureValue[] = Object.values(samples).flat();

describe("the text of a failure", () => {
  it.each(values.map((value) => [JSON.stringify(value), value] as const))("%s", (_, value) => {
    const { code, message, hint, outputTail: tail, detail } = toWire(value);
    expect(code).toBe(value.code);
    for (const text of [message, hint ?? "nothing"]) {
      expect(text).not.toMatch(/undefined|null|NaN|\[object|^\s*$|\s$|\.$/);
    }
    expect(tail).toEqual("outputTail" in value ? value.outputTail : undefined);
    const { code: _code, outputTail: _tail, ...data } = { outputTail, ...value };
    expect(detail ?? {}).toEqual(JSON.parse(JSON.stringify(data)));
  });

  it("names the npm package of a missing agent", () => {
    const { hint } = toWire({ code: "not-installed", process: "agent", command: "gemini" });
    expect(hint).toContain("install gemini (npm package @google/gemini-cli), or");
  });

  it("says how boots are numbered where there is no file of that name", () => {
    const hintOf = (errno: Errno) =>
      toWire({ ...report, problem: "unreadable", cause: { errno, syscall: "open", path: "/0" } })
        .hint;
    expect(hintOf("ENOENT")).toContain("its number in `sandboot history`, from 1");
    expect(hintOf("EACCES")).toBeUndefined();
  });

  it("is missing for no code: this does not compile without one", () => {
    const { "hook-failed": _, ...others } = failureTexts;
    // @ts-expect-error A code without a text.
    const incomplete: FailureTexts = others;
    expect(Object.keys(incomplete)).toHaveLength(Object.keys(failureTexts).length - 1);
  });
});

describe("what an error comes to", () => {
  const survived: FailureValue = {
    code: "processes-survived",
    processes: [{ pid: 7, command: "a" }],
  };
  const full = Object.assign(new Error("ENOSPC"), { code: "ENOSPC", syscall: "write" });
  const bug = new TypeError("x is not a function");

  it.each<[string, unknown, FailureCode]>([
    ["a foreseen failure", new Failed(survived), "processes-survived"],
    ["an error of the system", full, "system-error"],
    [
      "several foreseen ones: the first",
      new AggregateError([new Failed(survived), full]),
      "processes-survived",
    ],
    ["several with a fault of ours: the fault", new AggregateError([full, bug]), "internal-error"],
    ["a fault of ours", bug, "internal-error"],
    ["no error at all", "oops", "internal-error"],
  ])("%s", (_, error, code) => {
    expect(failureOf(error).code).toBe(code);
  });

  it("a fault of ours has its stack, and nothing else has one", () => {
    expect(toWire(failureOf(bug))).toMatchObject({
      message: "TypeError: x is not a function",
      outputTail: expect.arrayContaining([expect.stringMatching(/^at /)]),
    });
    expect(toWire(failureOf(full)).outputTail).toBeUndefined();
  });
});

describe("an error of the system", () => {
  const error = (code: string, more: object = { syscall: "open" }) =>
    Object.assign(new Error(`${code}: in node's words`), { code, ...more });

  it.each<Errno>(["EACCES", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR", "ELOOP", "EXDEV", "ETXTBSY"])(
    "%s is a failure that names the path, what is wrong with it and what to do",
    (errno) => {
      const found = systemErrorOf(error(errno, { syscall: "open", path: "/a" }));
      expect(found).toEqual({ errno, syscall: "open", path: "/a" });
      if (found === null) return;
      const { message, hint } = toWire({ code: "system-error", ...found });
      expect(message).toMatch(new RegExp(`^cannot open /a: \\w.+ \\(${errno}\\)$`));
      expect(hint).toMatch(/\w/);
    },
  );

  it("that names no path has the caller's", () => {
    expect(systemErrorOf(error("ENOSPC", { syscall: "write" }), "/a")?.path).toBe("/a");
  });

  it("of a port names the address", () => {
    const listen = { syscall: "listen", address: "10.1.2.3", port: 80 };
    expect(systemErrorOf(error("EADDRNOTAVAIL", listen))?.path).toBe("10.1.2.3:80");
    const socket = { syscall: "listen", address: "/run/a.sock", port: -1 };
    expect(systemErrorOf(error("EACCES", socket))?.path).toBe("/run/a.sock");
  });

  it.each([
    ["another error", new TypeError("x is not a function")],
    ["a code of node", error("ERR_INVALID_ARG_TYPE")],
    ["a broken connection", error("ECONNRESET", { syscall: "read" })],
    ["an exit code", error("ENOSPC", { code: 1 })],
    ["no error", "ENOSPC"],
  ])("is not %s", (_, other) => {
    expect(systemErrorOf(other)).toBeNull();
  });
});
