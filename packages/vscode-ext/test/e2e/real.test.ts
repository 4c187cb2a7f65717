import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ScriptedRuntime } from "../fixtures/scripted-runtime.ts";
import { launchBrowser } from "./browser.ts";
import { Editor, type Workbench } from "./editor.ts";
import { freePort, RealBoot, type RealBootOptions } from "./real-boot.ts";

let folder: string;
let editor: Editor;
let browser: Browser;
let relay: ScriptedRuntime;
let workbench: Workbench;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "panel-real-"));
  browser = await launchBrowser();
  editor = await Editor.start({ env: { SANDBOOT_SOCKET: join(folder, "runtime.sock") } });
});
afterAll(async () => {
  await browser?.close();
  await editor?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  relay = await new ScriptedRuntime(join(folder, "runtime.sock")).listen();
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await workbench?.screenshot(`failed ${task.name}`);
  const errors = workbench?.errors ?? [];
  await workbench?.[Symbol.asyncDispose]();
  await relay.close();
  expect(errors).toEqual([]);
});

async function openPanel(): Promise<void> {
  workbench = await editor.open(browser);
  await workbench.showPanel();
  await workbench.widenPanel();
}
const boot = (options: Omit<RealBootOptions, "onEvent"> = {}) =>
  RealBoot.start({ ...options, onEvent: (event) => relay.relay(event) });

describe("the panel during a real boot with real OpenCode", () => {
  it("shows the boot go from running to ready", async () => {
    await using real = await boot();
    await openPanel();
    await workbench.line(/Run wait-for-gate\.sh of shop, running/).waitFor();
    await workbench.line(/^Sync shop, done/).waitFor();
    await workbench.line(/^Ready, waiting/).waitFor();
    await workbench.screenshot("real-booting");
    await real.letHookGoOn("all prices are known");
    await workbench.line(/Run wait-for-gate\.sh of shop, done/).waitFor({ timeout: 60_000 });
    await workbench.line(/^Ready, done, .*critical chain/).waitFor({ timeout: 60_000 });
    await workbench.line(/^agent, running/).waitFor();
    await workbench.page.getByRole("button", { name: /Sandbox ready/ }).waitFor();
  });

  it("draws it, and shows that a sidecar was killed", async () => {
    const port = await freePort();
    const script = `require("node:http").createServer((q, s) => s.end("ok")).listen(${port}, "127.0.0.1")`;
    const command = [process.execPath, "-e", script];
    const prices = { id: "prices", command, port, readiness: { http: "/" } };
    await using _real = await boot({ ownHook: true, sidecars: [prices] });
    await openPanel();
    await workbench.line(/^Ready, done, .*critical chain/).waitFor({ timeout: 60_000 });
    await workbench.command("Sandbox: Show Boot Waterfall");
    const chart = workbench.waterfall.locator("#chart");
    await chart.locator('[data-phase="agent.session"] .bar').waitFor();
    expect(await chart.textContent()).toContain("start.sh of shop");
    await workbench.page.mouse.move(900, 780);
    await workbench.screenshot("real-ready");

    await workbench.line(/^prices, running/).waitFor();
    const { status } = relay.state.processes.find(({ id }) => id === "prices") ?? {};
    if (status?.id !== "running") throw new Error(`prices is ${status?.id}`);
    process.kill(status.pid, "SIGKILL");
    await workbench
      .line(/^prices, (ended by SIGKILL|restarting|starting|running .*1 restart)/)
      .waitFor();
  });

  it("shows the error and the output of a start.sh that fails", async () => {
    await using real = await boot();
    await openPanel();
    await workbench.line(/Run wait-for-gate\.sh of shop, running/).waitFor();
    await real.letHookGoOn("fail");
    await workbench
      .line(/exit code 3/)
      .first()
      .waitFor({ timeout: 60_000 });
    await workbench
      .line(/cannot reach the price service/)
      .first()
      .waitFor();
    const toast = workbench.page.locator(".notification-toast");
    await toast.filter({ hasText: "The sandbox did not boot" }).waitFor();
    await workbench.page.getByRole("button", { name: /Sandbox boot failed/ }).waitFor();
    await workbench.screenshot("real-failed");
  });
});
