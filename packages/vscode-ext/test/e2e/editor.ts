import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, ConsoleMessage, Page } from "playwright-core";
import { ensureCodeServer } from "../../../../scripts/code-server.mjs";
import { freePort } from "./real-boot.ts";

const packageRoot = join(import.meta.dirname, "..", "..");
const vsix = join(packageRoot, "sandboot-vscode.vsix");
const screenshots = join(packageRoot, "test-results", "screenshots");

export type Theme = "Dark Modern" | "Light Modern" | "Default High Contrast";

export interface EditorOptions {
  /** Where the runtime's socket is, as the runtime tells its sidecars. */
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A real code-server with our VSIX installed, in folders of its own. */
export class Editor implements AsyncDisposable {
  readonly home: string;
  readonly workspace: string;
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #settings: Record<string, unknown>;

  private constructor(
    home: string,
    port: number,
    process: ChildProcess,
    settings: Record<string, unknown>,
  ) {
    this.home = home;
    this.workspace = join(home, "workspace");
    this.url = `http://127.0.0.1:${port}/?folder=${encodeURIComponent(this.workspace)}`;
    this.#process = process;
    this.#settings = settings;
  }

  static async start({ env = {}, settings = {} }: EditorOptions = {}): Promise<Editor> {
    const { bin } = await ensureCodeServer();
    const home = await mkdtemp(join(tmpdir(), "panel-editor-"));
    const data = join(home, "data");
    const folders = ["--user-data-dir", data, "--extensions-dir", join(home, "extensions")];
    await mkdir(join(home, "workspace"));
    await writeFile(join(home, "workspace", "README.md"), "# Shop\n");
    const all = { ...quietSettings, ...settings };
    await writeSettings(home, all);
    const childEnv = { ...withoutEditorEnv(), HOME: home, ...env };
    await promisify(execFile)(process.execPath, [bin, ...folders, "--install-extension", vsix], {
      env: childEnv,
    });
    const port = await freePort();
    const flags = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`];
    const quiet = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"];
    // A group of its own, so that its extension host ends with it.
    const child = spawn(process.execPath, [bin, ...folders, ...flags, ...quiet], {
      env: childEnv,
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    await new Promise<void>((resolve, reject) => {
      child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
        said += chunk;
        if (said.includes("HTTP server listening on")) resolve();
      });
      child.once("exit", (code) => reject(new Error(`code-server ended with ${code}: ${said}`)));
    });
    return new Editor(home, port, child, all);
  }

  /** Opens the workbench and waits until its extensions run. */
  async open(browser: Browser): Promise<Workbench> {
    const context = await browser.newContext({ viewport: { width: 1360, height: 860 } });
    const page = await context.newPage();
    const workbench = new Workbench(page);
    await page.goto(this.url);
    await page.locator(".monaco-workbench").waitFor();
    await page.locator('.activitybar a[aria-label^="Sandbox"]').waitFor();
    return workbench;
  }

  /** The workbench follows at once. */
  async setTheme(theme: Theme): Promise<void> {
    await writeSettings(this.home, { ...this.#settings, "workbench.colorTheme": theme });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this.#process;
    if (pid !== undefined && this.#process.exitCode === null) {
      const ended = once(this.#process, "exit");
      process.kill(-pid, "SIGKILL");
      await ended;
    }
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const quietSettings = {
  "workbench.colorTheme": "Dark Modern",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "window.commandCenter": false,
  "workbench.layoutControl.enabled": false,
  "security.workspace.trust.enabled": false,
  "extensions.autoCheckUpdates": false,
};

async function writeSettings(home: string, settings: Record<string, unknown>): Promise<void> {
  const folder = join(home, "data", "User");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "settings.json"), JSON.stringify(settings, null, 2));
}

/** These tests may run in an editor's own terminal, whose variables would lead code-server astray. */
function withoutEditorEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VSCODE_|SANDBOOT_|ELECTRON_)/.test(name)),
  );
}

/** One page of the workbench, in the words of somebody who uses it. */
export class Workbench implements AsyncDisposable {
  readonly page: Page;
  /** Errors in the browser's console that name our extension. */
  readonly errors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message: ConsoleMessage) => {
      const told = `${message.text()} (${message.location().url})`;
      if (message.type() === "error" && /sandboot/i.test(told)) this.errors.push(told);
    });
    page.on("pageerror", (error) => {
      if (/sandboot|waterfall/i.test(`${error.stack}`)) this.errors.push(String(error));
    });
  }

  async showPanel(): Promise<void> {
    const header = this.page.locator(".composite.title", { hasText: /^sandbox/i });
    if (await header.isVisible()) return;
    await this.page.locator('.activitybar a[aria-label^="Sandbox"]').click();
    await header.waitFor();
    await this.page.mouse.move(800, 700);
  }

  /** As somebody does who wants to read whole lines. */
  async widenPanel(): Promise<void> {
    await this.page.mouse.move(349, 600);
    await this.page.mouse.down();
    await this.page.mouse.move(440, 600, { steps: 4 });
    await this.page.mouse.up();
    await this.page.mouse.move(800, 700);
  }

  /** A line of one of our trees, by what a screen reader says of it. */
  line(spoken: string | RegExp) {
    return this.page.getByRole("treeitem", { name: spoken });
  }

  async command(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await input.fill(`>${title}`);
    await this.page
      .locator(".quick-input-list .monaco-list-row", { hasText: title })
      .first()
      .click();
  }

  /** The waterfall's own page, two frames down. */
  get waterfall() {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  }

  async screenshot(name: string): Promise<string> {
    await mkdir(screenshots, { recursive: true });
    const path = join(screenshots, `${name}.png`);
    await this.page.screenshot({ path, animations: "disabled" });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}
