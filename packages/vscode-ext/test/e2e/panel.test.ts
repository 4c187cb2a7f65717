import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  process as processEvent,
  untilHookFails,
  untilHookRuns,
  untilReady,
} from "../fixtures/boot-script.ts";
import { ScriptedRuntime } from "../fixtures/scripted-runtime.ts";
import { launchBrowser } from "./browser.ts";
import { Editor, type Workbench } from "./editor.ts";
import { colorsIn } from "./pixels.ts";

let folder: string;
let socketPath: string;
let editor: Editor;
let browser: Browser;
let runtime: ScriptedRuntime;
let workbench: Workbench;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandboot-panel-"));
  socketPath = join(folder, "runtime.sock");
  browser = await launchBrowser();
  editor = await Editor.start({ env: { SANDBOOT_SOCKET: socketPath } });
});
afterAll(async () => {
  await browser?.close();
  await editor?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  runtime = new ScriptedRuntime(socketPath);
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await workbench?.screenshot(`failed ${task.name}`);
  const errors = workbench?.errors ?? [];
  await workbench?.[Symbol.asyncDispose]();
  await runtime.close();
  expect(errors).toEqual([]);
});

/** A boot that begins now, up to the hook that still runs. */
const bootBegins = () => untilHookRuns(new Date(Date.now() - 900).toISOString());

async function openPanel(): Promise<void> {
  workbench = await editor.open(browser);
  await workbench.showPanel();
  await workbench.widenPanel();
}

describe("the panel in real code-server, with a runtime on cue", () => {
  it("says where it looked when no runtime answers, and connects when one comes", async () => {
    await openPanel();
    const welcome = workbench.page.locator(".welcome-view-content:visible");
    await welcome.getByText("SANDBOOT_SOCKET").waitFor();
    await welcome.getByText("sandboot boot").waitFor();
    await workbench.page.getByText("Show Where I Looked").click();
    await workbench.page.locator(".quick-input-list", { hasText: socketPath }).waitFor();
    await workbench.page.locator(".quick-input-list", { hasText: "no such socket" }).waitFor();
    await workbench.page.keyboard.press("Escape");
    await workbench.screenshot("no-runtime");
    runtime.play(bootBegins());
    await runtime.listen();
    await workbench.line(/start\.sh of shop, running/).waitFor();
  });

  it("shows phases turn from running to done while the boot goes on", async () => {
    runtime.play(bootBegins());
    await runtime.listen();
    await openPanel();
    await workbench.line(/start\.sh of shop, running/).waitFor();
    await workbench.line(/Ready, waiting/).waitFor();
    await workbench.page.getByRole("button", { name: /Sandbox: Run .openinspect/ }).waitFor();
    await workbench.screenshot("booting");
    runtime.play(untilReady());
    await workbench.line(/start\.sh of shop, done/).waitFor();
    await workbench.line(/^Ready, done, .*critical chain/).waitFor();
    await workbench.page.getByRole("button", { name: /Sandbox ready 2.1 s/ }).waitFor();
  });

  it("draws the waterfall in light, dark and high contrast, by keyboard too", async () => {
    runtime.play([...bootBegins(), ...untilReady()]);
    await runtime.listen();
    await openPanel();
    await workbench.line(/^Ready, done/).waitFor();
    await workbench.command("Sandbox: Show Boot Waterfall");
    const chart = workbench.waterfall.locator("#chart");
    await chart.locator('[data-phase="agent.listening"] .bar').waitFor();
    const told = await chart.textContent();
    for (const text of ["Stage the agent's files", "1.8 s", "ready 2.1 s", "Repository shop"]) {
      expect(told).toContain(text);
    }
    for (const [theme, name, kind] of [
      ["Dark Modern", "dark", "vscode-dark"],
      ["Light Modern", "light", "vscode-light"],
      ["Default High Contrast", "high-contrast", "vscode-high-contrast"],
    ] as const) {
      await editor.setTheme(theme);
      // The tab comes back after a reload, in the colours of now.
      await workbench.page.reload();
      await workbench.waterfall.locator(`body.${kind}`).waitFor();
      await chart.locator('[data-phase="agent.listening"]').hover();
      await workbench.waterfall.locator("#card:visible", { hasText: "agent.spawn" }).waitFor();
      const path = await workbench.screenshot(`waterfall-${name}`);
      // Background, text, grid and at least the critical chain, the main thread and the mark of readiness.
      expect(await colorsIn(workbench.page, await chart.screenshot())).toBeGreaterThan(20);
      expect((await stat(path)).size).toBeGreaterThan(20_000);
    }
    await editor.setTheme("Dark Modern");

    await chart.locator('[data-phase="stage"]').focus();
    await workbench.page.keyboard.press("ArrowDown");
    await workbench.waterfall.locator('.row.selected[data-phase="prefetch"]').waitFor();
    const bar = chart.locator('[data-phase="hook.start:shop"] .bar');
    const width = async () => Number(await bar.getAttribute("width"));
    const before = await width();
    await workbench.page.keyboard.press("+");
    await expect.poll(width).toBeGreaterThan(before);
    await workbench.page.keyboard.press("0");
    await expect.poll(width).toBeCloseTo(before, 0);
  });

  it("compares with the boot before", async () => {
    runtime.play([...bootBegins(), ...untilReady()]);
    await runtime.listen();
    await openPanel();
    await workbench.line(/^Ready, done/).waitFor();
    await runtime.close();
    const slower = [...bootBegins(), ...untilReady()].map(({ ms, body }) => ({
      ms,
      body: body.type === "boot.ready" ? { ...body, readyMs: 2500 } : body,
    }));
    runtime = new ScriptedRuntime(socketPath);
    runtime.play(slower);
    await runtime.listen();
    await workbench.page.getByRole("button", { name: /Sandbox ready 2.5 s/ }).waitFor();
    await workbench.command("Sandbox: Show Boot Waterfall");
    const compare = workbench.waterfall.locator("#compare");
    await compare.selectOption("previous");
    await workbench.waterfall.getByText("(+432 ms)").waitFor();
    await workbench.waterfall.locator(".ghost").first().waitFor();
    await workbench.screenshot("waterfall-compared");
  });

  it("restarts a sidecar from the tree, and shows a crash and the recovery", async () => {
    const ttyd = { port: 7681, url: "http://127.0.0.1:7681" };
    runtime.play([...bootBegins(), ...untilReady()]);
    runtime.log("ttyd", "[2026/03/04 05:06:07] N: Listening on port: 7681");
    runtime.log("ttyd", "[2026/03/04 05:06:09] W: WARN client closed early");
    runtime.onAction = (id, action) => {
      if (action !== "restart") return;
      const running = {
        id: "running",
        pid: 5001,
        sinceMs: 3000,
        readyMs: 3020,
        readyBy: "tcp",
      } as const;
      runtime.play([processEvent(3020, id, running, { ...ttyd, restarts: 1 })]);
    };
    await runtime.listen();
    await openPanel();
    const line = workbench.line(/^ttyd, running .* pid 4310/);
    await line.hover();
    await line.getByRole("button", { name: "Restart Process" }).click();
    await workbench.line(/^ttyd, running .* pid 5001 · 1 restart/).waitFor();
    expect(runtime.requests).toContain("POST /v1/processes/ttyd/restart");

    const crashed = { id: "crashed", sinceMs: 4000, exitCode: null, signal: "SIGKILL" } as const;
    runtime.play([processEvent(4000, "ttyd", crashed, { ...ttyd, restarts: 1 })]);
    await workbench.line(/^ttyd, ended by SIGKILL/).waitFor();
    const back = {
      id: "running",
      pid: 5002,
      sinceMs: 4200,
      readyMs: 4220,
      readyBy: "tcp",
    } as const;
    runtime.play([processEvent(4220, "ttyd", back, { ...ttyd, restarts: 2 })]);
    const recovered = workbench.line(/^ttyd, running .* pid 5002 · 2 restarts/);
    await recovered.hover();
    await recovered.getByRole("button", { name: "Show Log" }).click();
    await workbench.page
      .locator(".output-view-id, .part.panel .view-lines", { hasText: "client closed early" })
      .first()
      .waitFor();
    await workbench.screenshot("process-log");
  });

  it("shows the error and the output of a hook that fails, and notifies once", async () => {
    runtime.play(bootBegins());
    await runtime.listen();
    await openPanel();
    await workbench.line(/start\.sh of shop, running/).waitFor();
    runtime.play(untilHookFails());
    await workbench
      .line(/ended with exit code 3/)
      .first()
      .waitFor();
    await workbench
      .line(/cannot reach price service/)
      .first()
      .waitFor();
    await workbench.page.getByRole("button", { name: /Sandbox boot failed/ }).waitFor();
    const toast = workbench.page.locator(".notification-toast", {
      hasText: "The sandbox did not boot",
    });
    await toast.waitFor();
    expect(await toast.count()).toBe(1);
    await workbench.screenshot("failed");
    await toast.getByRole("button", { name: "Open Report" }).click();
    const report = workbench.page
      .frameLocator("iframe.webview.ready")
      .frameLocator("iframe#active-frame");
    await report.getByText("cannot reach price service").first().waitFor();
    await workbench.screenshot("report");

    // The same state after a reload: told already.
    await workbench.page.reload();
    await workbench.page.getByRole("button", { name: /Sandbox boot failed/ }).waitFor();
    await workbench
      .line(/ended with exit code 3/)
      .first()
      .waitFor();
    expect(await toast.count()).toBe(0);
  });

  it("says that what it shows is old when the runtime is gone", async () => {
    runtime.play([...bootBegins(), ...untilReady()]);
    await runtime.listen();
    await openPanel();
    await workbench.line(/^ttyd, running/).waitFor();
    await runtime.close();
    await workbench.page.getByText("Not connected; this was true").waitFor();
    await workbench.line(/^ttyd, .*not current/).waitFor();
    await workbench.screenshot("stale");
  });
});
