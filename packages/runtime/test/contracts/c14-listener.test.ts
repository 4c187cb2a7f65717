import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { Sandbox } from "../support/sandbox.ts";
import { serve } from "../support/serve.ts";

describe("C14: whoever answers is who was started", () => {
  it("C14: an agent whose port another process has bound is not ready, and that process is named", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      agent: { command: ["sleep", "1000"], restart: "always" },
    });
    const boot = await sandbox.boot();
    await boot.until("phase.ended", ({ id }) => id === "agent.spawn");
    await serve(
      createServer((_, response) => response.end("{}")),
      sandbox.agentPort,
    );
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`agent does not listen on port ${sandbox.agentPort}: `);
    expect(stderr).toContain(`(pid ${process.pid}) does`);
    expect(boot.position("boot.ready")).toBe(-1);
    expect(sandbox.left()).toEqual([]);
  });
});
