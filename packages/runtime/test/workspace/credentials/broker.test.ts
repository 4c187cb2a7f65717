import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { NoCredential } from "../../../src/base/failure.ts";
import { createRedactor } from "../../../src/base/redact.ts";
import { timeLimit } from "../../../src/base/timers.ts";
import { configFileSchema } from "../../../src/config/schema.ts";
import { NO_GRACE } from "../../../src/process/grace.ts";
import { CredentialBroker } from "../../../src/workspace/credentials/broker.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { startCredentialSource } from "../../support/credential-source.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { serve } from "../../support/serve.ts";

const HOST = "git.example.org";
const HOUR_MS = 3_600_000;

interface Bench {
  readonly folder?: string;
  readonly from: object;
  readonly host?: string;
  readonly seconds?: number;
}

async function openBroker({ folder, from, ...rest }: Bench) {
  const stateDir = folder ?? (await scratchFolder());
  const time = { ms: Date.now() };
  const warnings: NoCredential[] = [];
  const redactor = createRedactor({});
  const written = { git: { credentials: [{ host: HOST, from, ...rest }] } };
  const present = { ...configFileSchema.parse(written), mode: "fresh" as const };
  const broker = new CredentialBroker({
    present: () => ({ ...present, stateDir, env: bareEnv() }),
    path: join(stateDir, "git-credentials.json"),
    clock: { nowMs: () => time.ms, isoNow: () => new Date(time.ms).toISOString() },
    ...{ timeLimit, redactor, grace: NO_GRACE },
    warn: (problem) => warnings.push(problem),
  });
  onTestFinished(() => broker.close());
  const answer = (action: "get" | "erase", more: object = {}) =>
    broker.answer({ action, protocol: "https", host: HOST, ...more });
  const ask = async (action: "get" | "erase", more: object = {}) => {
    const answered = await answer(action, more);
    if (answered.id === "none") throw new Error(JSON.stringify(answered.problem));
    return answered.answer;
  };
  const get = async (more: object = {}) => (await ask("get", more)).credential?.password ?? null;
  const problem = async () => {
    const answered = await answer("get");
    return answered.id === "none" ? answered.problem.why : null;
  };
  return { broker, ask, get, problem, time, warnings, redactor, stateDir };
}

/** A source that answers each question as the test says. */
async function startSource(...answers: readonly { status?: number; body?: string }[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { status = 200, body = "" } = answers[asked.length] ?? answers.at(-1) ?? {};
    asked.push(request.url ?? "");
    response.writeHead(status, { location: `http://${request.headers.host}/elsewhere` }).end(body);
  });
  return { url: `http://127.0.0.1:${await serve(server)}/credentials`, asked };
}

describe("the broker of git's credentials", () => {
  it("asks once for many that ask at once, and again five minutes before it expires", async () => {
    const source = await startCredentialSource(HOUR_MS);
    const { get, time, redactor } = await openBroker({ from: { url: source.url } });
    const first = await Promise.all(Array.from({ length: 20 }, () => get()));
    expect(new Set(first)).toEqual(new Set(["t0ken-of-git-1"]));
    expect(redactor.redactLine("says t0ken-of-git-1")).toBe("says [redacted]");
    time.ms += HOUR_MS - 6 * 60_000;
    expect(await get()).toBe("t0ken-of-git-1");
    time.ms += 2 * 60_000;
    expect(await get()).toBe("t0ken-of-git-2");
    expect(source.given).toHaveLength(2);
  });

  it("asks anew when the one that it gave is rejected, and not for an older one", async () => {
    const source = await startCredentialSource();
    const { broker, ask, get } = await openBroker({ from: { url: source.url } });
    const password = await get();
    await ask("erase", { password });
    expect(await get()).toBe("t0ken-of-git-2");
    await ask("erase", { password });
    expect(await get()).toBe("t0ken-of-git-2");
    expect(broker.rejections).toBe(1);
    await ask("erase");
    expect(await get()).toBe("t0ken-of-git-3");
  });

  it.each([
    ["http", HOST, "only https"],
    ["https", "git.example.org.evil.example", "none of the hosts"],
    ["https", "git.example.org.", "none of the hosts"],
    ["https", "Git.Example.org", "none of the hosts"],
    ["https", "git.example.org:443", "none of the hosts"],
    ["https", "git.example.org:8443", "none of the hosts"],
    ["https", "user@git.example.org", "none of the hosts"],
    ["https", "git.example.org\r", "none of the hosts"],
    ["https", "xgit.example.org", "none of the hosts"],
    ["https", "example.org", "none of the hosts"],
    ["https", "", "none of the hosts"],
    ["HTTPS", HOST, "only https"],
  ])("gives nothing to %s://%j", async (protocol, host, reason) => {
    const source = await startCredentialSource();
    const { ask, warnings } = await openBroker({ from: { url: source.url } });
    const answer = await ask("get", { protocol, host });
    expect(answer).toEqual({ credential: null, reason: expect.stringContaining(reason) });
    expect([source.given, warnings]).toEqual([[], []]);
  });

  it("gives nothing to another user", async () => {
    const { ask } = await openBroker({ from: { password: "one-of-us" } });
    expect((await ask("get", { username: "x-access-token" })).credential).toMatchObject({
      password: "one-of-us",
    });
    expect(await ask("get", { username: "alice" })).toMatchObject({ credential: null });
  });

  it("takes what a runtime that was killed has kept, from the same source only", async () => {
    const [source, another] = [await startCredentialSource(), await startCredentialSource()];
    const { get, stateDir: folder } = await openBroker({ from: { url: source.url } });
    await get();
    const next = await openBroker({ folder, from: { url: source.url } });
    expect(await next.get()).toBe("t0ken-of-git-1");
    expect(source.given).toHaveLength(1);
    expect(next.redactor.redactLine("says t0ken-of-git-1")).toBe("says [redacted]");
    const other = await openBroker({ folder, from: { url: another.url } });
    await other.get();
    expect(another.given).toHaveLength(1);
  });

  it.each(["[]", "{}", '{"git.example.org":{"credential":{}}}', "not JSON", ""])(
    "asks when what is kept is %j",
    async (text) => {
      const folder = await scratchFolder();
      await writeFile(join(folder, "git-credentials.json"), text);
      const { get } = await openBroker({ folder, from: { password: "one-of-us" } });
      expect(await get()).toBe("one-of-us");
    },
  );

  it("ends where a folder is in the place of its file", async () => {
    const { broker, get, stateDir } = await openBroker({ from: { password: "one-of-us" } });
    await mkdir(join(stateDir, "git-credentials.json"));
    expect(await get()).toBe("one-of-us");
    await broker.close();
    expect(await readdir(stateDir)).toEqual([]);
  });

  it("keeps nothing while the sandbox is frozen, and nothing at the end", async () => {
    const source = await startCredentialSource();
    const { broker, get, stateDir } = await openBroker({ from: { url: source.url } });
    const kept = () => readFile(join(stateDir, "git-credentials.json"), "utf8").catch(() => null);
    await get();
    expect(await kept()).toContain("t0ken-of-git-1");
    broker.freeze();
    expect(await kept()).toBeNull();
    expect(await get()).toBe("t0ken-of-git-2");
    expect(await kept()).toBeNull();
    broker.thaw();
    await get();
    expect(await kept()).toContain("t0ken-of-git-3");
    await broker.close();
    expect(await kept()).toBeNull();
  });

  it("goes on with the old one while its source is away, and not when its source refuses", async () => {
    const life = JSON.stringify({
      token: "the-old-one",
      expires_at_epoch_ms: Date.now() + HOUR_MS,
    });
    const source = await startSource(
      { body: life },
      { status: 503 },
      { status: 403, body: "over" },
    );
    const { get, problem, time, warnings } = await openBroker({ from: { url: source.url } });
    await get();
    time.ms += HOUR_MS - 60_000;
    expect(await get()).toBe("the-old-one");
    expect(await problem()).toEqual({ problem: "refused", status: 403, answer: "over" });
    expect(warnings).toHaveLength(2);
    await problem();
    expect(warnings).toHaveLength(2);
  });

  it.each([
    [{ status: 302 }, { problem: "refused", status: 302 }],
    [{ body: "<html>a page</html>" }, { problem: "unusable", what: "is no JSON" }],
    [{ body: "[]" }, { problem: "unusable", what: "is no JSON object" }],
    [{ body: "{}" }, { problem: "unusable" }],
    [{ body: '{"password":7}' }, { problem: "unusable" }],
    [{ body: '{"password":"a\\nhost=b"}' }, { problem: "unusable" }],
    [{ body: '{"password":"a","username":"b\\nc"}' }, { problem: "unusable" }],
    [{ body: '{"password":"a","expires_at":"soon"}' }, { problem: "unusable" }],
    [{ body: '{"password":"a","expires_at":"2001-01-01T00:00:00Z"}' }, { problem: "expired" }],
    [{ body: "x".repeat(100_000) }, { problem: "unusable", what: "answered with too much" }],
  ])("names what is wrong with an answer: %j", async (answer, problem) => {
    const source = await startSource(answer);
    const broker = await openBroker({ from: { url: source.url } });
    expect(await broker.problem()).toMatchObject(problem);
    expect(source.asked).toEqual(["/credentials"]);
  });

  it("waits no longer than it may", async () => {
    const url = `http://127.0.0.1:${await serve(createServer(() => {}))}/`;
    const late = await openBroker({ from: { url }, seconds: 0.05 });
    expect(await late.problem()).toEqual({ problem: "late", timeoutMs: 50 });
  });

  it("ends a question with the sandbox, without a warning", async () => {
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const server = createServer(() => resolve());
    const url = `http://127.0.0.1:${await serve(server)}/`;
    const ended = await openBroker({ from: { url } });
    const problem = ended.problem();
    await reached;
    await ended.broker.close();
    expect(await problem).toEqual({ problem: "ending" });
    expect(ended.warnings).toEqual([]);
  });

  it("reads a file each time, whatever its form", async () => {
    const folder = await scratchFolder();
    const file = join(folder, "token");
    const { get, ask, problem } = await openBroker({ folder, from: { file } });
    expect(await problem()).toEqual({ problem: "absent" });
    await writeFile(file, "just-a-token\n");
    expect(await get()).toBe("just-a-token");
    await writeFile(file, "username=bot\npassword=by lines\npassword_expiry_utc=9999999999\n");
    expect((await ask("get")).credential).toEqual({
      username: "bot",
      password: "by lines",
      expiresAt: "2286-11-20T17:46:39.000Z",
    });
    await writeFile(file, '{"token":"as-json"}');
    expect(await get()).toBe("as-json");
    await writeFile(file, "a page, and no token\n");
    expect(await problem()).toMatchObject({ problem: "unusable" });
    await writeFile(file, "");
    expect(await problem()).toEqual({ problem: "unusable", what: "is empty" });
  });

  it("asks a program as git would, and never shows what it printed", async () => {
    const asks = ["sh", "-c", 'read line; echo "password=$line"'];
    const { get } = await openBroker({ from: { command: asks } });
    expect(await get()).toBe("protocol=https");
    const refuses = ["sh", "-c", "echo password=s3cret; echo log in first >&2; exit 3"];
    const failing = await openBroker({ from: { command: refuses } });
    expect(await failing.problem()).toEqual({
      problem: "program",
      ending: { problem: "exited", exitCode: 3 },
      lastLine: "log in first",
    });
    const missing = await openBroker({ from: { command: ["/no/such/program"] } });
    expect(await missing.problem()).toMatchObject({ problem: "program" });
    const floods = await openBroker({ from: { command: ["yes"] } });
    expect(await floods.problem()).toEqual({ problem: "unusable", what: "printed too much" });
  });

  it("gives an answer to nobody that came for a configuration which holds no more", async () => {
    const { promise, resolve } = Promise.withResolvers<() => void>();
    const server = createServer((_, response) => {
      resolve(() => response.end('{"token":"of-the-former-tenant"}'));
    });
    const url = `http://127.0.0.1:${await serve(server)}/`;
    const { broker, problem } = await openBroker({ from: { url } });
    const waiting = problem();
    const answer = await promise;
    broker.forget();
    answer();
    expect(await waiting).toEqual({ problem: "replaced" });
  });
});
