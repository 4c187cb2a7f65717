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

/** A wait whose state can be asked: `undefined` as long as it goes on. */
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
  it("is not deceived by a server that binds early and swallows requests", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(httpOf(server), server);
    await server.behave("swallow");
    await server.bind();
    // More than may be open at once: given up, and asked again.
    await server.received(20);
    expect(wait.result).toBeUndefined();
    await server.behave(200);
    expect(await wait.ended).toMatchObject({ by: "http" });
    expect(wait.result?.attempts).toBeGreaterThan(20);
  });

  it("takes a late answer to an early request: a slow server is not a dead one", async () => {
    const server = await MisbehavingServer.start();
    // Whenever a request is answered, others have been sent beside it, and the first one gets none.
    await server.behave("late");
    await server.bind();
    const wait = watch(httpOf(server), server);
    const { attempts } = await wait.ended;
    expect(attempts).toBeGreaterThan(2);
  });

  it("waits through 500s for the 200", async () => {
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

  it("takes the status that it was told to expect, and no other", async () => {
    const server = await MisbehavingServer.start();
    await server.behave(200);
    await server.bind();
    const wait = watch(httpOf(server, [204, 401]), server);
    await server.received(2);
    expect(wait.result).toBeUndefined();
    await server.behave(401);
    await wait.ended;
  });

  it("survives a server that cuts its connections", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("cut");
    await server.bind();
    const wait = watch(httpOf(server), server);
    await server.received(3);
    expect(wait.result).toBeUndefined();
    await server.behave(200);
    await wait.ended;
  });

  it("does not take another port for this one", async () => {
    const [server, other] = [await MisbehavingServer.start(), await MisbehavingServer.start()];
    await server.bind(other.port);
    const abort = new AbortController();
    const wait = watch(httpOf(server), server, abort.signal);
    await watch(httpOf(other), server).ended;
    expect(wait.result).toBeUndefined();
    abort.abort(new Error("enough"));
    await expect(wait.ended).rejects.toThrow("enough");
  });

  it("ends at once when the process exits, and says how it exited", async () => {
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
  it("sees a line that was printed before it was asked", async () => {
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

  it("sees a line that comes in two writes, in colour, and only when it is whole", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(logLine(/^listening on (?<url>\S+) now$/g), server);
    await server.write("\u001b[32mlistening on http://one");
    expect(wait.result).toBeUndefined();
    await server.write("-url\u001b[0m now\n");
    expect(await wait.ended).toMatchObject({ url: "http://one-url" });
  });

  it("does not hear an earlier process that wrote into the same log", async () => {
    const server = await MisbehavingServer.start();
    const { log, exited } = server.process;
    log.append("stdout", "listening on http://old");
    const target = { log, exited, logStart: log.lastSeq };
    const wait = logLine(LISTENING).wait(target, never);
    await server.write("listening on http://new\n");
    expect(await wait).toMatchObject({ url: "http://new" });
  });

  it("is not ready by the last words of a process that has ended", async () => {
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
  it("asks nothing before the line, and lets the 200 have the last word", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    await server.bind();
    const wait = watch(logThenHttpOf(server), server);
    // Whoever asked would have been heard before another probe's third request.
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

  it("does with HTTP alone when the line never comes", async () => {
    const server = await MisbehavingServer.start();
    await server.bind();
    expect(await watch(logThenHttpOf(server, 1), server).ended).toMatchObject({ by: "http" });
  });

  it("asks at once when the line comes late, whatever became of what it asked before", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    await server.bind();
    // Longer than the test may take: without the line it would not ask a second time.
    const wait = watch(logThenHttpOf(server, 1, 600_000), server);
    await server.received(1);
    await server.behave(200);
    await server.write(`listening on http://127.0.0.1:${server.port}\n`);
    expect(await wait.ended).toMatchObject({
      by: "log-line, confirmed by http",
      url: `http://127.0.0.1:${server.port}`,
    });
  });

  it("hears of another port also late", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    await server.bind();
    const wait = watch(logThenHttpOf(server, 1), server);
    await server.received(1);
    await server.write("listening on http://127.0.0.1:1\n");
    await expect(wait.ended).rejects.toMatchObject({ failure: { id: "wrong-port" } });
  });

  it("says so when the process listens on another port than it was told to", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(logThenHttpOf(server), server);
    await server.write("listening on http://127.0.0.1:1\n");
    await expect(wait.ended).rejects.toMatchObject({
      name: "ProbeFailed",
      failure: { id: "wrong-port", expected: server.port, url: "http://127.0.0.1:1" },
    });
  });

  it("ends when the process exits before the line", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(logThenHttpOf(server), server);
    server.exit(3);
    await expect(wait.ended).rejects.toMatchObject({ failure: { exit: { code: 3 } } });
  });
});

describe("tcp", () => {
  it("is content with a bound port, also of a server that swallows requests", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    const wait = watch(tcp("127.0.0.1", server.port), server);
    await server.bind();
    expect(await wait.ended).toMatchObject({ by: "tcp" });
  });

  it("ends when the process exits", async () => {
    const server = await MisbehavingServer.start();
    const wait = watch(tcp("127.0.0.1", server.port), server);
    server.exit(0);
    await expect(wait.ended).rejects.toMatchObject({ failure: { id: "exited" } });
  });
});

describe("firstOf and allOf", () => {
  it("firstOf: the faster one is enough, and the slower one stops asking", async () => {
    const server = await MisbehavingServer.start();
    await server.behave("swallow");
    await server.bind();
    const wait = watch(firstOf(httpOf(server), logLine(LISTENING)), server);
    await server.received(2);
    await server.write("listening on http://x\n");
    expect(await wait.ended).toMatchObject({ by: "log-line", url: "http://x" });
    // What was on its way has arrived by now; from here on nobody but us asks.
    await askElsewhere(server, 3);
    const before = asked(server).length;
    await askElsewhere(server, 3);
    expect(asked(server)).toHaveLength(before);
  });

  it("firstOf fails only when all have failed, with the first one's error", async () => {
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

  it("allOf: waits for the slowest, and tells of all", async () => {
    const server = await MisbehavingServer.start();
    await server.bind();
    const wait = watch(allOf(httpOf(server), logLine(LISTENING)), server);
    await server.received(1);
    await watch(httpOf(server), server).ended;
    expect(wait.result).toBeUndefined();
    await server.write("listening on http://x\n");
    expect(await wait.ended).toMatchObject({ by: "http and log-line", url: "http://x" });
  });

  it("both end when the process does", async () => {
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

/** Lets so many requests of our own reach the server: whatever was sent before them has arrived, too. */
async function askElsewhere(server: MisbehavingServer, count: number): Promise<void> {
  const abort = new AbortController();
  const probe = http({ host: "127.0.0.1", port: server.port, path: "/elsewhere" });
  const wait = watch(probe, server, abort.signal);
  await server.received(count);
  abort.abort();
  await wait.ended.catch(() => {});
}
