import { describe, expect, it } from "vitest";
import { allOf } from "../../../src/process/readiness/all-of.ts";
import { firstOf } from "../../../src/process/readiness/first-of.ts";
import { http } from "../../../src/process/readiness/http.ts";
import { logLine } from "../../../src/process/readiness/log-line.ts";
import { logThenHttp } from "../../../src/process/readiness/log-then-http.ts";
import type { ProbeResult, ReadinessProbe } from "../../../src/process/readiness/probe.ts";
import { tcp } from "../../../src/process/readiness/tcp.ts";
import { MisbehavingServer } from "../../support/misbehaving-server.ts";

const LISTENING = /listening on (?<url>http:\S+)/;
const never = new AbortController().signal;

const httpOf = ({ port }: MisbehavingServer, expect?: number[]) =>
  http({ host: "127.0.0.1", port, path: "/health", ...(expect && { expect }) });

const logThenHttpOf = ({ port }: MisbehavingServer, patienceMs = 60_000, hedgeMs = 20) =>
  logThenHttp({
    host: "127.0.0.1",
    port,
    path: "/health",
    pattern: LISTENING,
    patienceMs,
    hedgeMs,
  });

/** Starts a wait. Its `result` is undefined until the probe succeeds. */
function watch(probe: ReadinessProbe, server: MisbehavingServer, signal = never) {
  const watched: { result: ProbeResult | undefined; ended: Promise<ProbeResult> } = {
    result: undefined,
    ended: probe.wait(server.process, signal).then((result) => {
      watched.result = result;
      return result;
    }),
  };
  watched.ended.catch(() => {});
  return watched;
}

describe("http", () => {
  it("waits for a server that binds early and swallows requests", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(httpOf(server), server);
    await server.behave("swallow");
    await server.bind();
    // More requests than may be open at once: the oldest are abandoned and new ones are sent.
    await server.received(20);
    expect(wait.result).toBeUndefined();
    await server.behave(200);
    expect(await wait.ended).toMatchObject({ by: "http" });
    expect(wait.result?.attempts).toBeGreaterThan(20);
  });

  it("accepts a late answer to an early request, because the server may only be slow", async () => {
    const server = await MisbehavingServer.start();
    // The server answers a request only after later ones have come.
    await server.behave("late");
    await server.bind();
    const wait = watch(httpOf(server), server);
    const { attempts } = await wait.ended;
    expect(attempts).toBeGreaterThan(2);
  });

  it("waits for a 200 while the server answers 500", async () => {
    const server = await MisbehavingServer.start();
    await server.behave(500);
    await server.bind();
    const wait = watch(httpOf(server), server);
    await server.received(3);
    expect(wait.result).toBeUndefined();
    await server.behave(200);
    const { attempts, lagMs } = await wait.ended;
    expect(attempts).toBeGreaterThan(3);
    expect(lagMs).toBeGreaterThan(0);
  });

  it("accepts only the statuses that it was told to expect", async () => {
    const server = await MisbehavingServer.start();
    await server.behave(200);
    await server.bind();
    const wait = watch(httpOf(server, [204, 401]), server);
    await server.received(2);
    expect(wait.result).toBeUndefined();
    await server.behave(401);
    await wait.ended;
  });

  it("waits for a server that cuts its connections", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("cut");
    await server.bind();
    const wait = watch(httpOf(server), server);
    await server.received(3);
    expect(wait.result).toBeUndefined();
    await server.behave(200);
    await wait.ended;
  });

  it("is not ready by a server on another port", async () => {
    const [server, other] = [await MisbehavingServer.start(), await MisbehavingServer.start()];
    await server.bind(other.port);
    const abort = new AbortController();
    const wait = watch(httpOf(server), server, abort.signal);
    await watch(httpOf(other), server).ended;
    expect(wait.result).toBeUndefined();
    abort.abort(new Error("enough"));
    await expect(wait.ended).rejects.toThrow("enough");
  });

  it("fails at once when the process exits, and says how it exited", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    await server.bind();
    const wait = watch(httpOf(server), server);
    await server.received(1);
    server.exit(7);
    await expect(wait.ended).rejects.toMatchObject({
      name: "ProbeFailed",
      failure: { id: "exited", exit: { id: "exited", code: 7 } },
    });
  });
});

describe("logLine", () => {
  it("finds a line that was printed before the wait began", async () => {
    const server = await MisbehavingServer.start();
    await server.write("listening on http://127.0.0.1:1234/\n");
    await new Promise<void>((resolve) => {
      if (server.process.log.lastSeq > 0) resolve();
      else server.process.onLine(() => resolve());
    });
    expect(await logLine(LISTENING).wait(server.process, never)).toEqual({
      by: "log-line",
      attempts: 1,
      lagMs: 0,
      match: ["listening on http://127.0.0.1:1234/", "http://127.0.0.1:1234/"],
      url: "http://127.0.0.1:1234/",
    });
  });

  it("finds a line that comes in colour and in two writes, as soon as it is complete", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(logLine(/^listening on (?<url>\S+) now$/g), server);
    await server.write("\u001b[32mlistening on http://one");
    expect(wait.result).toBeUndefined();
    await server.write("-url\u001b[0m now\n");
    expect(await wait.ended).toMatchObject({ url: "http://one-url" });
  });

  it("ignores the lines of an earlier process in the same log", async () => {
    const server = await MisbehavingServer.start();
    const { log, exited } = server.process;
    log.append("stdout", "listening on http://old");
    const target = { log, exited, logStart: log.lastSeq };
    const wait = logLine(LISTENING).wait(target, never);
    await server.write("listening on http://new\n");
    expect(await wait).toMatchObject({ url: "http://new" });
  });

  it("is not ready by a line of a process that has ended", async () => {
    const server = await MisbehavingServer.start();
    await server.write("listening on http://127.0.0.1:1234\n");
    server.exit(0);
    await server.process.exited;
    await expect(logLine(LISTENING).wait(server.process, never)).rejects.toMatchObject({
      failure: { id: "exited", exit: { id: "exited", code: 0 } },
    });
  });
});

describe("logThenHttp", () => {
  it("sends no request before the line, and is ready by the 200 after it", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    await server.bind();
    const wait = watch(logThenHttpOf(server), server);
    // Had the probe sent a request, it would have arrived before the third request of the other probe.
    await askElsewhere(server, 3);
    expect(server.requests).not.toContain("/health");
    await server.write(`listening on http://127.0.0.1:${server.port}\n`);
    await server.received(2);
    expect(server.requests).toContain("/health");
    expect(wait.result).toBeUndefined();
    await server.behave(200);
    expect(await wait.ended).toMatchObject({
      by: "log-line, confirmed by http",
      url: `http://127.0.0.1:${server.port}`,
    });
  });

  it("is ready by HTTP alone when the line never comes", async () => {
    const server = await MisbehavingServer.start();
    await server.bind();
    expect(await watch(logThenHttpOf(server, 1), server).ended).toMatchObject({ by: "http" });
  });

  it("sends a new request at once when the line comes late", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    await server.bind();
    // The interval is longer than the test: without the line there would be no second request.
    const wait = watch(logThenHttpOf(server, 1, 600_000), server);
    await server.received(1);
    await server.behave(200);
    await server.write(`listening on http://127.0.0.1:${server.port}\n`);
    expect(await wait.ended).toMatchObject({
      by: "log-line, confirmed by http",
      url: `http://127.0.0.1:${server.port}`,
    });
  });

  it("fails when a late line names another port", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    await server.bind();
    const wait = watch(logThenHttpOf(server, 1), server);
    await server.received(1);
    await server.write("listening on http://127.0.0.1:1\n");
    await expect(wait.ended).rejects.toMatchObject({ failure: { id: "wrong-port" } });
  });

  it("fails when the line names another port", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(logThenHttpOf(server), server);
    await server.write("listening on http://127.0.0.1:1\n");
    await expect(wait.ended).rejects.toMatchObject({
      name: "ProbeFailed",
      failure: { id: "wrong-port", expected: server.port, url: "http://127.0.0.1:1" },
    });
  });

  it("fails when the process exits before the line", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(logThenHttpOf(server), server);
    server.exit(3);
    await expect(wait.ended).rejects.toMatchObject({ failure: { exit: { code: 3 } } });
  });
});

describe("tcp", () => {
  it("is ready by a bound port, even if the server swallows requests", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    const wait = watch(tcp("127.0.0.1", server.port), server);
    await server.bind();
    expect(await wait.ended).toMatchObject({ by: "tcp" });
  });

  it("fails when the process exits", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(tcp("127.0.0.1", server.port), server);
    server.exit(0);
    await expect(wait.ended).rejects.toMatchObject({ failure: { id: "exited" } });
  });
});

describe("firstOf and allOf", () => {
  it("firstOf is ready by the faster probe, and cancels the slower one", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    await server.bind();
    const wait = watch(firstOf(httpOf(server), logLine(LISTENING)), server);
    await server.received(2);
    await server.write("listening on http://x\n");
    expect(await wait.ended).toMatchObject({ by: "log-line", url: "http://x" });
    // Requests that were under way have arrived after this. From now on there must be no new ones.
    await askElsewhere(server, 3);
    const before = asked(server).length;
    await askElsewhere(server, 3);
    expect(asked(server)).toHaveLength(before);
  });

  it("firstOf fails when all probes have failed, with the first probe's error", async () => {
    const server = await MisbehavingServer.start();
    const fails = (message: string): ReadinessProbe => ({
      wait: () => Promise.reject(new Error(message)),
    });
    await server.bind();
    await expect(firstOf(fails("one"), fails("two")).wait(server.process, never)).rejects.toThrow(
      "one",
    );
    expect(await firstOf(fails("one"), httpOf(server)).wait(server.process, never)).toMatchObject({
      by: "http",
    });
  });

  it("allOf waits for the slowest probe, and its result names all", async () => {
    const server = await MisbehavingServer.start();
    await server.bind();
    const wait = watch(allOf(httpOf(server), logLine(LISTENING)), server);
    await server.received(1);
    await watch(httpOf(server), server).ended;
    expect(wait.result).toBeUndefined();
    await server.write("listening on http://x\n");
    expect(await wait.ended).toMatchObject({ by: "http and log-line", url: "http://x" });
  });

  it("both fail when the process exits", async () => {
    const server = await MisbehavingServer.start();
    const waits = [firstOf, allOf].map((compose) =>
      watch(compose(httpOf(server), logLine(LISTENING)), server),
    );
    server.exit(9);
    for (const { ended } of waits) {
      await expect(ended).rejects.toMatchObject({ failure: { exit: { code: 9 } } });
    }
  });
});

const asked = ({ requests }: MisbehavingServer) => requests.filter((path) => path === "/health");

/** Sends so many requests to another path. When they have arrived, earlier requests have arrived, too. */
async function askElsewhere(server: MisbehavingServer, count: number): Promise<void> {
  const abort = new AbortController();
  const probe = http({ host: "127.0.0.1", port: server.port, path: "/elsewhere" });
  const wait = watch(probe, server, abort.signal);
  await server.received(count);
  abort.abort();
  await wait.ended.catch(() => {});
}
