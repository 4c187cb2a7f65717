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
  expect(workbench.errors).toEqual([]);
});

describe("a sandbox that boots, seen from its own code-server", () => {
  it("shows the panel at the first page load, and phases turn from running to done", async () => {
    await workbench.showPanel();
    await workbench.line(/^Run start\.sh of shop, running/).waitFor();
    await workbench.line(/^Sync shop, done/).waitFor();
    await workbench.line(/^Ready, waiting/).waitFor();
    await workbench.statusBar(/Sandbox: Run start\.sh of shop/).waitFor();
    await workbench.screenshot("booting");
    await sandbox.letHookGoOn("all prices are known");
    await workbench.line(/^Run start\.sh of shop, done/).waitFor();
    await workbench.line(/^Ready, done, .*critical chain/).waitFor();
    await workbench.line(/^agent, running/).waitFor();
    await workbench.line(/^bridge, lets prompts in/).waitFor();
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
    const line = workbench.line(new RegExp(`^ttyd, running .* pid ${pid}`));
    await line.hover();
    await line.getByRole("button", { name: "Restart Process" }).click();
    const again = await sandbox.process(
      "ttyd",
      (state) => state.status.id === "running" && state.status.pid !== pid,
    );
    const newPid = "pid" in again.status ? again.status.pid : 0;
    await workbench.line(new RegExp(`^ttyd, running .* pid ${newPid}`)).waitFor();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("stops and starts a sidecar from the tree, and says what it uses to whoever hovers it", async () => {
    const line = (state: RegExp) => workbench.line(new RegExp(`^ttyd, ${state.source}`));
    const press = async (state: RegExp, button: string) => {
      await line(state).hover();
      await line(state).getByRole("button", { name: button }).click();
    };
    await press(/running/, "Stop Process");
    await line(/stopped/).waitFor();
    await press(/stopped/, "Start Process");
    await line(/running/).waitFor();
    await workbench.restMouse();
    await line(/running/)
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

  it("shows that a sidecar was killed, and that it came back", async () => {
    const { status } = await sandbox.process("ttyd", ({ status: { id } }) => id === "running");
    const pid = "pid" in status ? status.pid : 0;
    process.kill(pid, "SIGKILL");
    await workbench.line(/^ttyd, (ended by SIGKILL|restarting)/).waitFor();
    await workbench.line(/^ttyd, running .* 2 restarts/).waitFor();
    await workbench.line(/^ttyd, running/).hover();
    await workbench
      .line(/^ttyd, running/)
      .getByRole("button", { name: "Show Log" })
      .click();
    await workbench.page
      .locator(".part.panel .view-lines", { hasText: /listening|ttyd/i })
      .waitFor();
    await workbench.screenshot("process-log");
  });

  it("opens a sidecar in the browser, through code-server's proxy", async () => {
    const line = workbench.line(/^ttyd, running/);
    await line.hover();
    const opened = workbench.page.context().waitForEvent("page");
    await line.getByRole("button", { name: "Open in Browser" }).click();
    const page = await opened;
    await page.waitForURL(/\/proxy\/\d+\//);
    await page.waitForFunction(() => /ttyd|bash/i.test(document.title));
    await page.close();
  });
});
