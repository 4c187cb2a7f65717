import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untilHookRuns, untilReady } from "../fixtures/boot-script.ts";
import { ScriptedRuntime } from "../fixtures/scripted-runtime.ts";
import { launchBrowser } from "./browser.ts";
import { Editor } from "./editor.ts";

describe("the panel in code-server, with a runtime on cue", () => {
  let folder: string;
  let runtime: ScriptedRuntime;
  let editor: Editor;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sandboot-panel-"));
    runtime = await new ScriptedRuntime(join(folder, "runtime.sock")).listen();
    browser = await launchBrowser();
    editor = await Editor.start({ env: { SANDBOOT_SOCKET: runtime.socketPath } });
  });
  afterAll(async () => {
    await browser?.close();
    await editor?.[Symbol.asyncDispose]();
    await runtime?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("shows phases turn from running to done, and the waterfall", async () => {
    runtime.play(untilHookRuns(new Date(Date.now() - 830).toISOString()));
    await using workbench = await editor.open(browser);
    await workbench.showPanel();
    await workbench.line(/start\.sh of shop, running/).waitFor();
    await workbench.screenshot("booting");
    runtime.play(untilReady());
    await workbench.line(/start\.sh of shop, done/).waitFor();
    await workbench.line(/Ready, done, .*critical chain/).waitFor();
    await workbench.page.getByRole("button", { name: /Sandbox ready/ }).waitFor();
    await workbench.command("Sandbox: Show Boot Waterfall");
    await workbench.waterfall.locator('[data-phase="agent.listening"] .bar').waitFor();
    await workbench.screenshot("ready-dark");
    expect(workbench.errors).toEqual([]);
  });
});
