import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { colorsIn } from "../support/pixels.ts";
import { Sandbox } from "../support/sandbox.ts";
import { themes, Workbench } from "../support/workbench.ts";

let browser: Browser;
let sandbox: Sandbox;
let workbench: Workbench;

/** One boot and one page, from the first phase on: the tests below are its chapters. */
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
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await workbench.screenshot(`failed ${task.name}`);
  // Of this test alone, whatever the ones before it were told.
  expect(workbench.errors.splice(0)).toEqual([]);
});

/** ttyd's line among the processes, while it says so of it. */
const ttyd = (state: RegExp) => workbench.line(new RegExp(`^ttyd, ${state.source}`));

/** Presses a button of that line; a line has them while it is hovered. */
async function press(state: RegExp, button: string): Promise<void> {
  await ttyd(state).hover();
  await ttyd(state).getByRole("button", { name: button }).click();
}

describe("a sandbox that boots, seen from its own code-server", () => {
  it("shows the panel at the first page load, and phases turn from running to done", async () => {
    await workbench.showPanel();
    await workbench.line(/^Run start\.sh of shop, running/).waitFor();
    await workbench.line(/^Sync shop, done/).waitFor();
    await workbench.line(/^opencode opens the workspace, waiting/).waitFor();
    await workbench.statusBar(/Sandbox: Run start\.sh of shop/).waitFor();
    await workbench.screenshot("booting");
    await sandbox.letHookGoOn("all prices are known");
    await workbench.line(/^Run start\.sh of shop, done/).waitFor();
    await workbench.statusBar(/Sandbox ready/).waitFor();
    // The editor draws only lines that are in view, and `Ready` is the last of many.
    await workbench.line(/^opencode opens the workspace, done, .*critical chain/).waitFor();
    await workbench.line(/^agent, running/).waitFor();
    await workbench.line(/^bridge, lets prompts in/).waitFor();
    // Optional ones may be slower than all that was waited for.
    await workbench.line(/^Start code-server, done/).waitFor();
    await workbench.line(/^Start ttyd, done/).waitFor();
    await workbench.statusBar(/Sandbox ready \d/).waitFor();
  });

  it("tells what staging, the sync and the hook did", async () => {
    for (const [phase, detail] of [
      [/^Stage the agent's files/, /^extensions\/sandboot-vscode\.vsix/],
      [/^Sync shop/, /^branch/],
      [/^Run start\.sh of shop/, /^Output/],
    ] as const) {
      const fold = workbench.line(phase).locator(".monaco-tl-twistie");
      await fold.click();
      await workbench.line(detail).waitFor();
      await fold.click();
      await workbench.line(detail).waitFor({ state: "hidden" });
    }
  });

  it("draws the waterfall in light, dark and high contrast", async () => {
    await workbench.command("Sandbox: Show Boot Waterfall");
    const chart = workbench.webview.locator("#chart");
    await chart.locator('[data-phase="agent.session"] .bar').waitFor();
    for (const text of ["Stage the agent's files", "Sync", "Start ttyd", "Ready", "ready "]) {
      expect(await chart.textContent()).toContain(text);
    }
    for (const theme of themes) {
      await workbench.setTheme(theme);
      await workbench.webview.locator(`body.${theme.kind}`).waitFor();
      await workbench.screenshot(`ready-${theme.id}`);
      // Background, text, grid, the critical chain, the main thread, the mark of readiness, and what lies between them.
      expect(await colorsIn(workbench.page, await chart.screenshot())).toBeGreaterThan(20);
    }
  });

  it("restarts a sidecar from the tree: another process runs then", async () => {
    const { status } = await sandbox.process("ttyd", ({ status: { id } }) => id === "running");
    const pid = "pid" in status ? status.pid : 0;
    await press(new RegExp(`running .* pid ${pid}`), "Restart Process");
    const again = await sandbox.process(
      "ttyd",
      (state) => state.status.id === "running" && state.status.pid !== pid,
    );
    const newPid = "pid" in again.status ? again.status.pid : 0;
    await ttyd(new RegExp(`running .* pid ${newPid}`)).waitFor();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("stops and starts a sidecar from the tree, and says what it uses to whoever hovers it", async () => {
    await press(/running/, "Stop Process");
    await press(/stopped/, "Start Process");
    await ttyd(/running/).waitFor();
    await workbench.restMouse();
    await ttyd(/running/)
      .locator(".monaco-icon-label")
      .hover();
    const hover = workbench.page.locator(".monaco-hover:visible", { hasText: "Memory" });
    await hover.getByText("of a core").waitFor();
    await workbench.screenshot("hover");
    await workbench.restMouse();
  });

  it("comes to the front by its word in the status bar", async () => {
    await workbench.command("View: Close Primary Side Bar");
    const panel = workbench.page.locator(".composite.title", { hasText: /^sandbox/i });
    await panel.waitFor({ state: "hidden" });
    await workbench.statusBar(/Sandbox ready/).click();
    await panel.waitFor();
  });

  it("shows that a sidecar was killed and waits to be restarted, and that a person need not wait", async () => {
    const { status } = await sandbox.process("ttyd", ({ status: { id } }) => id === "running");
    const pid = "pid" in status ? status.pid : 0;
    process.kill(pid, "SIGKILL");
    await press(/restarting after .*, attempt 1 .* 1 restart/, "Restart Process");
    await ttyd(/running .* 2 restarts/).waitFor();
    await press(/running/, "Show Log");
    await workbench.page
      .locator(".part.panel .view-lines", { hasText: /listening|ttyd/i })
      .waitFor();
    await workbench.screenshot("process-log");
  });

  it("opens a sidecar in the browser, through code-server's proxy", async () => {
    const opened = workbench.page.context().waitForEvent("page");
    await press(/running/, "Open in Browser");
    const page = await opened;
    await page.waitForURL(/\/proxy\/\d+\//);
    await page.waitForFunction(() => /ttyd|bash/i.test(document.title));
    await page.close();
  });

  it("shows that the agent was killed, and that it came back by itself", async () => {
    const { status } = await sandbox.process("agent", ({ status: { id } }) => id === "running");
    const pid = "pid" in status ? status.pid : 0;
    await workbench.line(new RegExp(`^agent, running .* pid ${pid} · in session$`)).waitFor();
    process.kill(pid, "SIGKILL");
    await workbench.line(/^agent, running .* 1 restart$/).waitFor();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
