import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { Sandbox } from "../support/sandbox.ts";
import { Workbench } from "../support/workbench.ts";

let browser: Browser;
let sandbox: Sandbox;
let workbench: Workbench;

beforeAll(async () => {
  [browser, sandbox] = await Promise.all([
    launchBrowser(),
    Sandbox.boot({ hook: "gated", editor: true }),
  ]);
  await sandbox.process("code-server", ({ status }) => status.id === "running");
  workbench = await Workbench.open(browser, sandbox.url);
});
afterAll(async () => {
  await workbench?.[Symbol.asyncDispose]();
  await browser?.close();
  await sandbox?.[Symbol.asyncDispose]();
});

describe("a boot that fails, seen from the code-server of its own sandbox", () => {
  it("is seen, mended in the editor, retried, and ready", async () => {
    await workbench.showPanel();
    await workbench.line(/^Run start\.sh of shop, running/).waitFor();
    await sandbox.letHookGoOn("fail");
    const header = workbench.line(/^Run .*start\.sh of shop, .*exit code 3/);
    await header.waitFor();
    await workbench
      .line(/cannot reach the price service/)
      .first()
      .waitFor();
    await workbench.statusBar(/Sandbox boot failed: mend and retry/).waitFor();
    await workbench.line(/^agent, stopped/).waitFor();
    await workbench.restMouse();
    await workbench.screenshot("recovering");

    await header.hover();
    await header.getByRole("button", { name: "Edit the Script That Failed" }).click();
    const editor = workbench.page.locator(".editor-container .monaco-editor").first();
    await editor.locator(".view-lines").click();
    await workbench.page.keyboard.press("Control+A");
    await workbench.page.keyboard.type("echo mended");
    await workbench.page.keyboard.press("Control+S");
    await workbench.page.locator(".tab.active:not(.dirty)").waitFor();

    await header.hover();
    await header.getByRole("button", { name: "Retry from Here" }).click();
    await workbench.statusBar(/Sandbox ready/).waitFor();
    await workbench.line(/^Run start\.sh of shop, done/).waitFor();
    await workbench.line(/^agent, running/).waitFor();
    await header.waitFor({ state: "hidden" });
    await workbench.screenshot("recovered");
    expect(workbench.errors).toEqual([]);
  });
});
