import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { comparisons } from "../../src/model/earlier.ts";
import { inEnglish as t } from "../../src/model/translate.ts";
import { waterfall } from "../../src/model/waterfall.ts";
import { type ToWebview, waterfallTexts } from "../../src/model/waterfall-messages.ts";
import type { Snapshot } from "../../src/store/snapshot.ts";
import { waterfallPage } from "../../src/views/waterfall-page.ts";

const dist = join(import.meta.dirname, "..", "..", "dist");
const SITE = "https://panel.test";

/** The waterfall's own page, by its own policy, in a browser instead of an editor. The theme has no colours. */
export class WaterfallPage implements AsyncDisposable {
  readonly page: Page;
  /** What the page complained of. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
    page.on("pageerror", (error) => this.errors.push(String(error)));
  }

  static async open(browser: Browser): Promise<WaterfallPage> {
    const page = await browser.newPage({ viewport: { width: 976, height: 1000 } });
    const opened = new WaterfallPage(page);
    const body = waterfallPage({
      nonce: "n0nce",
      cspSource: SITE,
      script: `${SITE}/waterfall.js`,
      style: `${SITE}/waterfall-style.css`,
      language: "en",
    });
    await page.route(`${SITE}/`, (route) => route.fulfill({ contentType: "text/html", body }));
    for (const file of ["waterfall.js", "waterfall-style.css"]) {
      await page.route(`${SITE}/${file}`, (route) => route.fulfill({ path: join(dist, file) }));
    }
    await page.addInitScript(
      "globalThis.acquireVsCodeApi = () => ({ postMessage() {}, getState() {}, setState() {} })",
    );
    await page.goto(`${SITE}/`);
    return opened;
  }

  /** Shows a boot as the extension does. */
  async show(snapshot: Snapshot): Promise<void> {
    await this.#post({ type: "texts", texts: waterfallTexts });
    await this.#post({ type: "comparisons", comparisons: comparisons(snapshot, t) });
    await this.#post({ type: "model", model: waterfall(snapshot, { t, nowMs: 1000 }) });
  }

  row(id: string) {
    return this.page.locator(`.row[data-phase="${id}"]`);
  }

  async #post(message: ToWebview): Promise<void> {
    await this.page.evaluate(
      (data) => globalThis.dispatchEvent(new MessageEvent("message", { data })),
      message,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
  }
}
