import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RuntimeEvent } from "@sandboot/runtime/protocol";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ScriptedRuntime } from "../fixtures/scripted-runtime.ts";
import { launchBrowser } from "./browser.ts";
import { Editor, type Workbench } from "./editor.ts";
import { freePort, RealBoot } from "./real-boot.ts";

let folder: string;
let editor: Editor;
let browser: Browser;
let relay: ScriptedRuntime;
let workbench: Workbench;
const events: RuntimeEvent[] = [];

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
afterEach(async () => {
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
const boot = (sidecars: object[] = []) =>
  RealBoot.start({
    sidecars,
    onEvent: (event) => {
      events.push(event);
      relay.relay(event);
    },
  });

describe("the panel during a real boot with real OpenCode", () => {
  it("shows the boot go from running to ready, and a killed sidecar crash and come back", async () => {
    const port = await freePort();
    const script = `require("node:http").createServer((q, s) => s.end("ok")).listen(${port}, "127.0.0.1")`;
    const command = [process.execPath, "-e", script];
    await using real = await boot([{ id: "prices", command, port, readiness: { http: "/" } }]);
    await openPanel();
    await workbench.line(/Run wait-for-gate\.sh of shop, running/).waitFor();
    await workbench.line(/^Ready, waiting/).waitFor();
    await workbench.screenshot("real-booting");
    await real.letHookGoOn("all prices are known");
    await workbench.line(/Run wait-for-gate\.sh of shop, done/).waitFor({ timeout: 60_000 });
    await workbench.line(/^Ready, done, .*critical chain/).waitFor({ timeout: 60_000 });
    await workbench.page.getByRole("button", { name: /Sandbox ready/ }).waitFor();
    await workbench.line(/^agent, running/).waitFor();
    await workbench.command("Sandbox: Show Boot Waterfall");
    await workbench.waterfall.locator('[data-phase="agent.session"] .bar').waitFor();
    await workbench.screenshot("real-ready");

    await workbench.line(/^prices, running/).waitFor();
    const before = relay.state.processes.find(({ id }) => id === "prices")?.status;
    if (before?.id !== "running") throw new Error(`prices is ${before?.id}`);
    process.kill(before.pid, "SIGKILL");
    await workbench.line(/^prices, running .* 1 restart/).waitFor({ timeout: 60_000 });
    const seen = events.flatMap((event) =>
      event.type === "process.changed" && event.process.id === "prices"
        ? [event.process.status.id]
        : [],
    );
    expect(seen).toContain("crashed");
    const after = relay.state.processes.find(({ id }) => id === "prices")?.status;
    expect(after).toMatchObject({ id: "running" });
    expect(after).not.toMatchObject({ pid: before.pid });
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
    await workbench.page
      .locator(".notification-toast", { hasText: "The sandbox did not boot" })
      .waitFor();
    await workbench.screenshot("real-failed");
  });
});
