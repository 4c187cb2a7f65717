import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { launchBrowser } from "../../packages/vscode-ext/test/support/browser.ts";
import { Editor } from "../../packages/vscode-ext/test/support/editor.ts";
import { Workbench } from "../../packages/vscode-ext/test/support/workbench.ts";
import type { Sample } from "./sample.ts";

const LOG = "Sandbox.log";
const TOLD = /loaded in ([\d.]+) ms, activated in ([\d.]+) ms/;

/** In the extension host of a real code-server that starts anew and opens its first page, with VS Code's own extensions. */
export async function activateInEditor(signal: AbortSignal): Promise<Sample> {
  await using editor = await Editor.start();
  await using browser = await launchBrowser();
  await using workbench = await Workbench.open(browser, editor.url);
  await workbench.command("Developer: Show Running Extensions");
  const row = workbench.page.locator(".runtime-extensions-editor .monaco-list-row", {
    hasText: "Sandboot",
  });
  const time = row.locator(".activation-time", { hasText: /\d+ms/ });
  await time.waitFor();
  const editorMs = Number(/(\d+)ms/.exec((await time.textContent()) ?? "")?.[1]);
  return { ...(await ownTimes(join(editor.home, "data", "logs"), signal)), editorMs };
}

/** What the extension has written into its log, which the editor writes out when it comes to it. */
async function ownTimes(logs: string, signal: AbortSignal): Promise<Sample> {
  for (;;) {
    const files = await readdir(logs, { recursive: true });
    const file = files.find((name) => name.endsWith(LOG));
    const text = file === undefined ? "" : await readFile(join(logs, file), "utf8");
    const [, load, activate] = TOLD.exec(text) ?? [];
    if (load !== undefined) return { loadMs: Number(load), activateMs: Number(activate) };
    await delay(100, undefined, { signal });
  }
}
