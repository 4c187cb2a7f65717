import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { OLDEST_CODE_SERVER_VERSION } from "../../../../scripts/code-server.mjs";
import manifest from "../../package.json" with { type: "json" };
import { untilHookRuns, untilReady } from "../fixtures/boot-script.ts";
import { ScriptedRuntime } from "../fixtures/scripted-runtime.ts";
import { launchBrowser } from "../support/browser.ts";
import { Editor } from "../support/editor.ts";
import { Workbench } from "../support/workbench.ts";

it("runs on the oldest VS Code that package.json names", async () => {
  // code-server's minor version is VS Code's.
  const [, minor] = OLDEST_CODE_SERVER_VERSION.split(".");
  expect(manifest.engines.vscode).toBe(`^1.${minor}.0`);

  const folder = await mkdtemp(join(tmpdir(), "panel-oldest-"));
  try {
    await using runtime = new ScriptedRuntime(join(folder, "runtime.sock"));
    runtime.play(untilHookRuns(new Date(Date.now() - 900).toISOString()));
    await runtime.listen();
    await using editor = await Editor.start({
      env: { SANDBOOT_SOCKET: runtime.socketPath },
      version: OLDEST_CODE_SERVER_VERSION,
    });
    await using browser = await launchBrowser();
    await using workbench = await Workbench.open(browser, editor.url);
    await workbench.showPanel();
    await workbench.line(/start\.sh of shop, running/).waitFor();
    runtime.play(untilReady());
    await workbench.line(/^Ready, done, .*critical chain/).waitFor();
    await workbench.line(/^ttyd, running/).waitFor();
    await workbench.statusBar(/Sandbox ready 2\.07 s/).waitFor();
    await workbench.command("Sandbox: Show Boot Waterfall");
    await workbench.webview.locator('[data-phase="agent.session"] .bar').waitFor();
    await workbench.screenshot("oldest");
    expect(workbench.errors).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
