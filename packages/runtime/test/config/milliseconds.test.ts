import { describe, expect, it } from "vitest";
import { milliseconds } from "../../src/config/milliseconds.ts";
import { Sandbox } from "../support/sandbox.ts";

describe("milliseconds", () => {
  it.each([
    [2.01, 2_010],
    [8.03, 8_030],
    [0.0001, 1],
    [2_592_000, 2 ** 31 - 1],
  ])("%d s are %i ms", (seconds, ms) => {
    expect(milliseconds(seconds)).toBe(ms);
    // What refuses fractions and turns longer times into 1 ms.
    expect(() => AbortSignal.timeout(ms)).not.toThrow();
  });

  it("a sandbox with odd and with very long times boots, restarts its agent and ends in good order", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      bridge: { holdSeconds: 2_592_000 },
      config: {
        shutdown: { graceSeconds: 2.01 },
        hooks: { startSeconds: 2_592_000 },
        git: { stepSeconds: 2_592_000 },
      },
    });
    sandbox.config["agent"] = { ...(sandbox.config["agent"] as object), readySeconds: 58.03 };
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    boot.signal("SIGTERM");
    const { exitCode, stderr } = await boot.ended();
    expect(stderr).not.toContain("RangeError");
    expect(exitCode).toBe(0);
  });
});
