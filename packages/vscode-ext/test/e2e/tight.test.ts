import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { process } from "../fixtures/boot-script.ts";
import { CROWDED_PHASES, crowdedBoot } from "../fixtures/crowded-boot.ts";
import { ScriptedRuntime } from "../fixtures/scripted-runtime.ts";
import { launchBrowser } from "../support/browser.ts";
import { Editor } from "../support/editor.ts";
import { Workbench } from "../support/workbench.ts";

let folder: string;
let editor: Editor;
let browser: Browser;
let workbench: Workbench;
let runtime: ScriptedRuntime;

const MAX_LOG_LINES = 100;

/** One editor and one page, before a boot and then with a very large one: the tests below are its chapters. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "panel-tight-"));
  const socket = join(folder, "runtime.sock");
  runtime = new ScriptedRuntime(socket);
  [browser, editor] = await Promise.all([
    launchBrowser(),
    Editor.start({
      env: { SANDBOOT_SOCKET: socket },
      settings: { "sandboot.logs.maxLines": MAX_LOG_LINES },
    }),
  ]);
  workbench = await Workbench.open(browser, editor.url);
});
afterAll(async () => {
  await workbench?.[Symbol.asyncDispose]();
  await browser?.close();
  await editor?.[Symbol.asyncDispose]();
  await runtime?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await workbench.screenshot(`failed ${task.name}`);
  // Of this test alone, whatever the ones before it were told.
  expect(workbench.errors.splice(0)).toEqual([]);
});

describe("the panel where there is little to show, and where there is much", () => {
  it("guides through its parts at first use, and notices what has been seen", async () => {
    await workbench.command("Welcome: Open Walkthrough");
    await workbench.choose("Get to know your sandbox");
    const guide = workbench.page.locator(".gettingStartedContainer");
    const step = (title: string) => guide.locator(".getting-started-step", { hasText: title });
    const seen = (title: string) => step(title).locator(".codicon.complete").first().waitFor();
    await step("See the boot, phase by phase").waitFor();
    await workbench.webview.locator("svg", { hasText: "Repository shop" }).waitFor();
    await workbench.restMouse();
    await workbench.screenshot("walkthrough");
    await guide.getByRole("button", { name: "Show the Boot" }).click();
    await workbench.page.locator(".composite.title", { hasText: /^sandbox/i }).waitFor();
    await seen("See the boot");

    await step("Find out where the time went").click();
    await guide.getByRole("button", { name: "Show the Waterfall" }).click();
    await workbench.webview.getByText("No boot to show yet").waitFor();
    await workbench.restMouse();
    await workbench.screenshot("no-boot-waterfall");
    await workbench.page.getByRole("tab", { name: "Welcome" }).click();
    await seen("Find out where the time went");

    await step("Keep everything running").click();
    await guide.getByRole("button", { name: "Show a Log" }).click();
    await seen("Keep everything running");
    // It hides by itself after a while; in the list it stays.
    await workbench.command("Notifications: Show Notifications");
    const list = workbench.page.locator(".notifications-center:visible");
    await list.getByText("This command applies to no process now").waitFor();
    await workbench.command("Notifications: Clear All Notifications");
    await list.waitFor({ state: "hidden" });
    await workbench.command("View: Close All Editors");
  });

  it("has a word for a runtime whose boot has not begun", async () => {
    await runtime.listen();
    await workbench.showPanel();
    await workbench.page.getByText("The runtime answers").waitFor();
    await workbench.screenshot("no-boot");
  });

  it("fits long names and many phases into a narrow panel", async () => {
    runtime.play(crowdedBoot(new Date(Date.now() - 9502).toISOString()));
    await workbench.line(/^Sync a-repository-whose-name/).waitFor();
    await workbench.resizePanel(200);
    await workbench.screenshot("narrow-panel");
    await workbench.resizePanel(392);
  });

  it("restarts what failed for good from the notification that tells of it", async () => {
    const failed = {
      id: "failed",
      sinceMs: 9600,
      reason: "restarted 5 times within 60 s",
    } as const;
    runtime.play([process(9600, "worker-2", failed)]);
    const toast = workbench.page.locator(".notification-toast", { hasText: "worker-2 failed" });
    await toast.getByRole("button", { name: "Restart" }).click();
    await expect.poll(() => runtime.requests).toContain("POST /v1/processes/worker-2/restart");
  });

  it("shows of a long log as much as a person wants, and each line once when the line has broken", async () => {
    const last = MAX_LOG_LINES * 2;
    for (let line = 1; line <= last; line++) runtime.log("worker-7", `line ${line}.`);
    await workbench.command("Sandbox: Show Log");
    await workbench.choose("worker-7");
    const output = workbench.page.locator(".part.panel .monaco-editor");
    const shown = async () => {
      const text = await output.locator(".view-lines").textContent();
      return text?.replaceAll("\u00a0", " ").match(/(?<=\[\+50 ms\] )line \d+\./g) ?? [];
    };
    await expect.poll(shown).toContain(`line ${last}.`);
    runtime.breakStreams();
    runtime.breakLogs();
    const again = () => runtime.requests.filter((asked) => asked.endsWith("/worker-7/logs")).length;
    await expect.poll(again).toBeGreaterThan(1);
    runtime.log("worker-7", `line ${last + 1}.`);
    await expect.poll(shown).toContain(`line ${last + 1}.`);
    const lines = await shown();
    expect(lines).toEqual([...new Set(lines)]);
    await output.click();
    await workbench.page.keyboard.press("Control+Home");
    await expect.poll(async () => (await shown())[0]).toBe(`line ${last - MAX_LOG_LINES + 1}.`);
    await workbench.command("View: Hide Panel");
  });

  it("draws sixty phases, also where the editor is narrow", async () => {
    await workbench.command("Sandbox: Show Boot Waterfall");
    const rows = workbench.webview.locator(".row");
    // One is sandboot itself.
    await expect.poll(() => rows.count()).toBe(CROWDED_PHASES + 1);
    await workbench.restMouse();
    await workbench.screenshot("crowded");
    await workbench.page.setViewportSize({ width: 760, height: 860 });
    await workbench.webview.locator('.row[data-phase="stage"] .bar').waitFor();
    await workbench.screenshot("narrow-waterfall");
  });
});
