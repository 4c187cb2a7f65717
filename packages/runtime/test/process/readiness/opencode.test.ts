import { describe, expect, it, onTestFinished } from "vitest";
import { processClock } from "../../../src/base/clock.ts";
import { NO_GRACE } from "../../../src/process/grace.ts";
import { ProcessLog } from "../../../src/process/process-log.ts";
import { http } from "../../../src/process/readiness/http.ts";
import { logThenHttp } from "../../../src/process/readiness/log-then-http.ts";
import { type RunningProcess, spawnProcess } from "../../../src/process/spawn.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { freePort, scratchFolder } from "../../support/scratch.ts";
import { openCodeBin } from "../../support/stage.ts";

const never = new AbortController().signal;

/** Starts the real agent with an empty home. */
async function startOpenCode(port: number): Promise<RunningProcess> {
  const folder = await scratchFolder();
  const child = spawnProcess({
    command: openCodeBin,
    args: ["serve", "--hostname", "127.0.0.1", "--port", String(port)],
    cwd: folder,
    env: {
      ...bareEnv(),
      HOME: folder,
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
    },
    log: new ProcessLog({ clock: processClock }),
  });
  onTestFinished(async () => {
    await child.terminate(NO_GRACE);
  });
  return child;
}

describe("real OpenCode", () => {
  it("is found ready by its log line and a 200, and by HTTP alone, although it does not answer requests that come too early", async () => {
    const port = await freePort();
    const child = await startOpenCode(port);
    const at = { host: "127.0.0.1", port, path: "/global/health" };
    const pattern = /opencode server listening on (?<url>https?:\/\/\S+)/;
    const found = await Promise.all([
      // On a busy machine the line may come later than a boot would wait for it.
      logThenHttp({ ...at, pattern, patienceMs: 60_000 }).wait(child, never),
      http(at).wait(child, never),
    ]);
    expect(found).toMatchObject([
      { by: "log-line, confirmed by http", url: `http://127.0.0.1:${port}` },
      { by: "http" },
    ]);
    const response = await fetch(`http://127.0.0.1:${port}/global/health`);
    expect(response.status).toBe(200);
  });
});
