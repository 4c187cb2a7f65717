import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { untilHookRuns } from "../fixtures/boot-script.ts";
import { ScriptedRuntime } from "../fixtures/scripted-runtime.ts";
import { launchBrowser } from "../support/browser.ts";
import { Editor } from "../support/editor.ts";
import { Sandbox, socketIn } from "../support/sandbox.ts";
import { Workbench } from "../support/workbench.ts";

let folder: string;
let editor: Editor;
let browser: Browser;
let workbench: Workbench;
let sandbox: Sandbox;

/** One editor and one page, and one runtime after the other: the tests below are its chapters. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "panel-runtimes-"));
  [browser, editor] = await Promise.all([
    launchBrowser(),
    Editor.start({ env: { SANDBOOT_SOCKET: socketIn(folder) } }),
  ]);
  workbench = await Workbench.open(browser, editor.url);
});
afterAll(async () => {
  await workbench?.[Symbol.asyncDispose]();
  await browser?.close();
  await editor?.[Symbol.asyncDispose]();
  await sandbox?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await workbench.screenshot(`failed ${task.name}`);
  // Of this test alone, whatever the ones before it were told.
  expect(workbench.errors.splice(0)).toEqual([]);
});

/** A sidecar that cannot live, with one try after the first. */
const flaky = {
  id: "prices",
  command: ["sh", "-c", "echo 'error: no such table: prices' >&2; exit 7"],
  restart: { when: "always", max: 1, backoffSeconds: 0.01 },
};

const toast = (text: string) =>
  workbench.page.locator(".notification-toast", { hasText: text }).first();

describe("an editor that outlives the runtimes it shows", () => {
  it("says where it looked when no runtime answers", async () => {
    await workbench.showPanel();
    const welcome = workbench.page.locator(".welcome-view-content:visible");
    await welcome.getByText("SANDBOOT_SOCKET").waitFor();
    await welcome.getByText("sandboot boot").waitFor();
    await workbench.page.getByText("see where the panel looks for it").click();
    const places = workbench.page.locator(".quick-input-list", { hasText: socketIn(folder) });
    await places.getByText("no such socket").waitFor();
    await workbench.page.keyboard.press("Escape");
    await workbench.restMouse();
    await workbench.screenshot("no-runtime");
    await workbench.page.getByRole("button", { name: "Type It in a Terminal" }).click();
    const terminal = workbench.page.locator(".part.panel .xterm-rows");
    await expect.poll(() => terminal.textContent()).toMatch(/sandboot\sboot/);
    await workbench.command("Terminal: Kill All Terminals");
  });

  it("connects by itself, and shows the error and the output of a start.sh that fails", async () => {
    sandbox = await Sandbox.boot({ hook: "gated", folder });
    await workbench.line(/^Run start\.sh of shop, running/).waitFor();
    await sandbox.letHookGoOn("fail");
    await workbench
      .line(/exit code 3/)
      .first()
      .waitFor();
    await workbench
      .line(/cannot reach the price service/)
      .first()
      .waitFor();
    await toast("The sandbox did not boot").waitFor();
    await workbench.statusBar(/Sandbox boot failed/).waitFor();
    await workbench.page.locator(".activitybar .badge:visible", { hasText: "1" }).waitFor();
    await workbench.page.getByText("The runtime has ended. This is its last state").waitFor();
    await workbench.screenshot("failed");
    await toast("The sandbox did not boot").getByRole("button", { name: "Open Report" }).click();
    await workbench.webview.getByText("cannot reach the price service").first().waitFor();
    await workbench.screenshot("report");
    await workbench.command("View: Close All Editors");
    // It has said its last word; its socket is gone when it has ended.
    await sandbox[Symbol.asyncDispose]();
  });

  it("tells once of a sidecar that failed for good, and not again after a reload", async () => {
    sandbox = await Sandbox.boot({ hook: "own", editor: true, folder, sidecars: [flaky] });
    await workbench.line(/^prices, failed/).waitFor();
    await toast("prices failed").waitFor();
    await sandbox.ready();
    await workbench.statusBar(/Sandbox degraded: prices failed/).waitFor();
    await toast("prices failed").getByRole("button", { name: "Show Log" }).click();
    const log = workbench.page.locator(".part.panel .view-lines", { hasText: "[error]" });
    await log.getByText("no such table").first().waitFor();
    await workbench.command("View: Hide Panel");

    await workbench.command("Sandbox: Show Boot Waterfall");
    await workbench.webview.locator('[data-phase="ready"]').waitFor();
    await workbench.reload();
    await workbench.webview.locator('[data-phase="ready"]').waitFor();
    await workbench.command("View: Close All Editors");
    await workbench.line(/^prices, failed/).waitFor();
    await workbench.statusBar(/Sandbox degraded: prices failed/).waitFor();
    expect(await toast("prices failed").isVisible()).toBe(false);
    await sandbox[Symbol.asyncDispose]();
    await workbench.page.getByText("The runtime has ended. This is its last state").waitFor();
  });

  it("compares with the boot before, by mouse and by keyboard", async () => {
    sandbox = await Sandbox.boot({ hook: "own", editor: true, folder });
    await sandbox.ready();
    await workbench.statusBar(/Sandbox ready/).waitFor();
    // The editor draws only lines that are in view, and `Ready` is the last of many.
    await workbench.line(/^opencode opens the workspace, done, .*critical chain/).waitFor();
    await workbench.command("Sandbox: Show Boot Waterfall");
    const chart = workbench.webview.locator("#chart");
    // On the first visit, too: the runtime has them on record.
    await expect.poll(() => workbench.webview.locator("#compare").inputValue()).not.toBe("");
    await workbench.webview.locator("#compare").selectOption("previous");
    await chart.locator(".ghost").first().waitFor();
    // Sidecars may start for longer than the boot takes, and what grows changes the scale.
    await expect.poll(() => chart.locator(".row.running, .row.pending").count()).toBe(0);
    await chart.locator('[data-phase="agent.listening"] .bar').hover();
    const detail = workbench.webview.locator("#detail", { hasText: "Compared with" });
    await detail.getByRole("button", { name: "Start opencode" }).waitFor();
    await workbench.screenshot("compared");
    // Where it rests it would choose a phase as well.
    await workbench.restMouse();
    await chart.locator(".row.selected").waitFor({ state: "detached" });

    // Which of two phases began first is up to the machine.
    const rows = chart.locator("[data-phase]");
    const ids = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-phase")));
    const down = ids.indexOf("agent.listening");
    expect(down).toBeGreaterThan(0);
    await rows.first().focus();
    for (let n = 0; n < down; n++) await workbench.page.keyboard.press("ArrowDown");
    await workbench.webview.locator('.row.selected[data-phase="agent.listening"]').waitFor();
    const bar = chart.locator('[data-phase="agent.listening"] .bar');
    const width = async () => Number(await bar.getAttribute("width"));
    const before = await width();
    await workbench.page.keyboard.press("+");
    await expect.poll(width).toBeGreaterThan(before);
    await workbench.page.keyboard.press("0");
    await expect.poll(width).toBeCloseTo(before, 0);
    await workbench.page.keyboard.press("Enter");
    await workbench.webview.locator("#detail.pinned", { hasText: "Pinned" }).waitFor();
    await workbench.webview.locator('.row.pinned[data-phase="agent.listening"]').waitFor();
    await workbench.page.keyboard.press("Escape");
    await workbench.webview.locator("#detail.pinned").waitFor({ state: "detached" });
  });

  it("zooms where the pointer is, and is dragged along", async () => {
    const chart = workbench.webview.locator("#chart");
    const begin = async () => (await chart.locator(".tick").first().textContent()) ?? "";
    const { x, y, width } = (await chart.boundingBox()) ?? expect.unreachable("no chart");
    const { mouse, keyboard } = workbench.page;
    expect(await begin()).toBe("0");
    // Wherever the machine has it in the boot, what the pointer is on stays in view.
    const bar = chart.locator('[data-phase="agent.listening"] .bar');
    await bar.hover();
    await keyboard.down("Control");
    await mouse.wheel(0, -100);
    await mouse.wheel(0, -100);
    await keyboard.up("Control");
    await expect.poll(begin).not.toBe("0");

    await bar.hover();
    await mouse.down();
    await mouse.move(x + 3 * width, y + 200, { steps: 5 });
    await mouse.up();
    await expect.poll(begin).toBe("0");
    // What was dragged was not clicked.
    expect(await workbench.webview.locator("#detail.pinned").count()).toBe(0);
    await workbench.webview.locator("#fit").click();
    await bar.click();
    await workbench.webview.locator("#detail.pinned").waitFor();
    await keyboard.press("Escape");
  });

  it("writes the waterfall to files", async () => {
    const exported = async (button: string, extension: string, end: RegExp) => {
      await workbench.webview.getByRole("button", { name: button }).click();
      const input = workbench.page.locator(".quick-input-widget input.input");
      await expect.poll(() => input.inputValue()).toContain(extension);
      const path = await input.inputValue();
      await workbench.page.keyboard.press("Enter");
      // A file is there before all of it is.
      await expect.poll(() => readFile(path, "latin1").catch(() => "")).toMatch(end);
      return readFile(path, "utf8");
    };
    expect(await exported("PNG", ".png", /IEND.{4}$/s)).toContain("PNG");
    expect(await exported("SVG", ".svg", /<\/svg>$/)).toContain("Stage the agent");
    const trace = JSON.parse(await exported("Perfetto", ".json", /\]\}$/));
    expect(trace.traceEvents.map(({ name }: { name: string }) => name)).toContain("agent.session");
  });

  it("says that what it shows is old when the runtime was killed", async () => {
    await workbench.command("View: Close All Editors");
    await sandbox.kill();
    await workbench.page.getByText("Not connected. This is the state").waitFor();
    await workbench.line(/^agent, .*out of date/).waitFor();
    await workbench.statusBar(/Sandbox: not connected/).waitFor();
    await workbench.screenshot("stale");
  });

  it("leads to the commit that the sync reached, and to the script that ran", async () => {
    for (const [phase, detail, tab] of [
      [/^Sync shop/, /^sha/, /[0-9a-f]{7}/],
      [/^Run \.openinspect\/start\.sh of shop/, /^script/, /^start\.sh/],
    ] as const) {
      const fold = workbench.line(phase).locator(".monaco-tl-twistie");
      await fold.click();
      await workbench.line(detail).click();
      await workbench.page.getByRole("tab", { name: tab }).waitFor();
      await fold.click();
      await workbench.line(detail).waitFor({ state: "hidden" });
    }
    await workbench.screenshot("links");
    await workbench.command("View: Close All Editors");
  });

  it("says so when a runtime is newer than it understands", async () => {
    await using stranger = new ScriptedRuntime(socketIn(folder));
    stranger.play(untilHookRuns(new Date().toISOString()));
    stranger.pretendVersion(99);
    await stranger.listen();
    await workbench.statusBar(/Sandbox: update the extension/).waitFor();
    await workbench.page.getByText("speaks a newer version of the protocol").waitFor();
  });
});
