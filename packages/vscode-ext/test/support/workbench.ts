import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, ConsoleMessage, Page } from "playwright-core";

const screenshots = join(import.meta.dirname, "..", "..", "test-results", "screenshots");
const root = join(import.meta.dirname, "..", "..", "..", "..");

/** Without the folders of the repository and of the tests' files, whose names may contain ours. */
const namesUs = (told: string) =>
  /sandboot|waterfall/i.test(told.replaceAll(root, "").replaceAll(tmpdir(), ""));

/** By the names that the picker shows and the class that a webview's body gets; the one that we begin with comes last. */
export const themes = [
  { id: "light", name: "Light Modern", kind: "vscode-light" },
  { id: "high-contrast", name: "Dark High Contrast", kind: "vscode-high-contrast" },
  { id: "high-contrast-light", name: "Light High Contrast", kind: "vscode-high-contrast-light" },
  { id: "dark", name: "Dark Modern", kind: "vscode-dark" },
] as const;

/** One page of the workbench, in the words of somebody who uses it. */
export class Workbench implements AsyncDisposable {
  readonly page: Page;
  /** Errors in the browser's console that name our extension. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("console", (message: ConsoleMessage) => {
      const told = `${message.text()} (${message.location().url})`;
      if (message.type() === "error" && namesUs(told)) this.errors.push(told);
    });
    page.on("pageerror", (error) => {
      if (namesUs(`${error.stack}`)) this.errors.push(String(error));
    });
  }

  /** Opens the workbench and waits until the panel's icon is there. */
  static async open(browser: Browser, url: string): Promise<Workbench> {
    const context = await browser.newContext({ viewport: { width: 1360, height: 1200 } });
    // A last resort: what is waited for comes within seconds, unless others use the cores.
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    const workbench = new Workbench(page);
    await page.goto(url);
    await workbench.#loaded();
    return workbench;
  }

  async #loaded(): Promise<void> {
    await this.page.locator(".monaco-workbench").waitFor();
    await this.page.locator('.activitybar a[aria-label^="Sandbox"]').waitFor();
  }

  /** As "Reload Window" does it: what is open is written down first. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent("load");
    await this.command("Developer: Reload Window");
    await loaded;
    await this.#loaded();
  }

  /** Brings the panel to the front, wide enough for whole lines. */
  async showPanel(): Promise<void> {
    const header = this.page.locator(".composite.title", { hasText: /^sandbox/i });
    if (!(await header.isVisible())) {
      await this.page.locator('.activitybar a[aria-label^="Sandbox"]').click();
      await header.waitFor();
    }
    const edge = await this.page.locator(".part.sidebar").boundingBox();
    if (edge !== null && edge.width < 380) await this.resizePanel(392);
  }

  async resizePanel(widthPx: number): Promise<void> {
    const edge = await this.page.locator(".part.sidebar").boundingBox();
    if (edge === null) throw new Error("there is no panel to be seen");
    await this.page.mouse.move(edge.x + edge.width, 600);
    await this.page.mouse.down();
    await this.page.mouse.move(edge.x + widthPx, 600, { steps: 4 });
    await this.page.mouse.up();
    await this.restMouse();
  }

  /** Away from everything that shows something when it is hovered. */
  async restMouse(): Promise<void> {
    await this.page.mouse.move(560, 845);
  }

  /** A line of one of our trees, by what a screen reader says of it. */
  line(spoken: string | RegExp) {
    return this.page.getByRole("treeitem", { name: spoken });
  }

  statusBar(text: string | RegExp) {
    return this.page.locator(".part.statusbar").getByRole("button", { name: text });
  }

  async command(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input.input");
    // One that is about to close would swallow the key.
    await input.waitFor({ state: "hidden" });
    for (let tries = 0; !(await input.isVisible()); tries++) {
      // A page that moves the focus just now loses it.
      await this.page.keyboard.press("F1");
      await input.waitFor({ timeout: 5000 }).catch((error: Error) => {
        if (tries === 11) throw error;
      });
    }
    await this.#pick(`>${title}`, title);
  }

  /** Picks from the list that a command has opened. */
  async choose(title: string): Promise<void> {
    await this.#pick(title, title);
  }

  async setTheme({ name }: (typeof themes)[number]): Promise<void> {
    await this.command("Preferences: Color Theme");
    await this.#pick(name, name);
    await this.restMouse();
  }

  async #pick(typed: string, chosen: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input.input");
    await input.fill(typed);
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: chosen });
    await row.first().click();
  }

  /** The waterfall's own page, or whatever a webview shows: two frames down. */
  get webview() {
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
