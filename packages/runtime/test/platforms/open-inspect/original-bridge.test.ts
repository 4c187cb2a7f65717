import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startModelServer } from "../../../../../test/support/model-server/model-server.ts";
import { openCodeConfigFor } from "../../../../../test/support/model-server/opencode-config.ts";
import { bootOpenInspect } from "../../support/open-inspect.ts";

/** A Python that has Open-Inspect's own package `sandbox_runtime` (docs/open-inspect.md#check-it-with-the-original-bridge). */
const python = process.env["OPEN_INSPECT_PYTHON"];

/** Its files have fixed names, but for the last one, which follows TMPDIR. */
const FILES = [
  "/tmp/oi-repo-manifest.json",
  "/tmp/oi-boot-warnings.jsonl",
  join(tmpdir(), "opencode-session-id"),
];

describe.runIf(python)("Open-Inspect's own bridge, with real OpenCode", () => {
  it("connects, warns, takes a prompt to its answer, and ends the sandbox with 0", async () => {
    onTestFinished(() =>
      Promise.all(FILES.map((name) => rm(name, { force: true }))).then(() => {}),
    );
    await using model = await startModelServer();
    const { plane, boot, heard } = await bootOpenInspect({
      web: { ".openinspect/setup.sh": "exit 3\n" },
      session: { provider: "stand-in", model: "words" },
      real: { python: python ?? "", agentConfig: openCodeConfigFor(model) },
    });
    const ready = await heard("ready");
    expect(ready).toMatchObject({ repositories: [{ repoOwner: "acme", repoName: "web" }] });
    expect(await heard("warning")).toMatchObject({ scope: "setup", repoName: "web" });
    await boot.until("boot.ready");
    const author = { gitIdentity: { mode: "agent-only" } };
    plane.send({ type: "prompt", messageId: "message-1", content: "Say the words.", author });
    expect(await heard("execution_complete")).toMatchObject({
      messageId: "message-1",
      success: true,
    });
    const words = plane.heard.findLast((each) => "type" in each && each["type"] === "token");
    expect(words).toMatchObject({ content: "The answer of the stand-in." });
    plane.shutDown();
    expect(await boot.ended()).toMatchObject({ exitCode: 0 });
    console.log(plane.types.join(" "));
  });
});
