import { summarize } from "@sandboot/runtime/protocol";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untilHookFails, untilHookRuns, untilReady } from "../fixtures/boot-script.ts";
import { live, STARTED_AT, stateAfter } from "../fixtures/snapshots.ts";
import { launchBrowser } from "../support/browser.ts";
import { WaterfallPage } from "../support/waterfall-page.ts";

let browser: Browser;
let waterfall: WaterfallPage;
beforeAll(async () => {
  browser = await launchBrowser();
  waterfall = await WaterfallPage.open(browser);
});
afterAll(async () => {
  await browser?.close();
});

const ready = stateAfter(untilHookRuns(STARTED_AT), untilReady());
const failed = stateAfter(untilHookRuns(STARTED_AT), untilHookFails());
const history = [1, 2, 3].map((factor) => {
  const { phases, ...summary } = summarize(ready);
  return {
    ...summary,
    startedAt: `2026-01-0${factor}T00:00:00.000Z`,
    readyMs: 2068 * factor,
    phases: phases.map((span) => ({ ...span, endMs: span.endMs * factor })),
  };
});

describe("the waterfall's page", () => {
  it("compares with the p50 on the first visit, and with the boot whose bar is clicked", async () => {
    const { page } = waterfall;
    await waterfall.show(live(ready, { history }));
    expect(await page.locator("#compare").inputValue()).toBe("p50");
    expect(await page.locator("#change").textContent()).toBe("−2.07 s");
    const listening = waterfall.row("agent.listening");
    expect(await listening.locator(".pill.faster").textContent()).toBe("−1.84 s");
    expect(await listening.locator(".usual").count()).toBe(1);
    expect(await listening.getAttribute("aria-label")).toMatch(/, Usually 3\.\d\d s, critical/);
    expect(await page.locator(".ghost").count()).toBe(0);
    expect(await page.locator("#strip rect").count()).toBe(4);

    await page.locator("#strip rect").first().click();
    expect(await page.locator("#compare").inputValue()).toBe(history[0]?.startedAt);
    expect(await page.locator("#strip .chosen").count()).toBe(1);
    expect(await page.locator(".ghost").count()).toBeGreaterThan(5);
    expect(await page.locator("#change").textContent()).toBe("±0 ms");
    await page.locator("#compare").selectOption("");
    expect(await page.locator(".pill").count()).toBe(0);
  });

  it("begins with sandboot itself, marks the chain quietly, and explains what it draws", async () => {
    const { page } = waterfall;
    await waterfall.show(live(ready));
    const first = page.locator(".row").first();
    expect(await first.locator(".label").textContent()).toBe("sandboot itself");
    expect(await waterfall.row("agent.listening").locator(".share").textContent()).toBe("◆ 87 %");
    expect(await waterfall.row("hook.start:shop").locator(".share").count()).toBe(0);
    const legend = await page.locator("footer span:visible").allInnerTexts();
    expect(legend.map((text) => text.trim())).toEqual([
      "files",
      "git",
      "hooks",
      "agent",
      "sidecars",
      "bridge",
      "cancelled or skipped",
      "critical chain",
    ]);
  });

  it("shows what failed, with its output, until another phase is chosen; Enter pins that one", async () => {
    const { page } = waterfall;
    await waterfall.show(live(failed));
    const detail = page.locator("#detail");
    expect(await detail.locator("h2").textContent()).toContain("Run .openinspect/start.sh of shop");
    expect(await detail.locator("pre").textContent()).toContain("cannot reach price service");
    await waterfall.row("stage").hover();
    expect(await detail.locator("h2").textContent()).toContain("Stage the agent's files");
    await waterfall.row("hook.start:shop").focus();
    await page.keyboard.press("Enter");
    await waterfall.row("stage").hover();
    expect(await detail.getAttribute("class")).toBe("pinned");
    expect(await detail.locator("h2").textContent()).toMatch(/start\.sh of shop.*Pinned/s);

    const need = detail.getByRole("button", { name: "Sync shop" });
    expect(await need.getAttribute("title")).toBe("workspace.sync:shop");
    await need.click();
    expect(await detail.locator("h2").textContent()).toMatch(/Sync shop.*Pinned/s);
    const sync = waterfall.row("workspace.sync:shop");
    expect(await sync.getAttribute("class")).toContain("pinned");
    expect(await sync.getAttribute("aria-current")).toBe("true");
    await page.keyboard.press("Escape");
    expect(await detail.getAttribute("class")).toBe("");
  });

  it.each([300, 380, 900, 1280, 1920])("fits a window of %i pixels", async (width) => {
    const { page } = waterfall;
    await page.setViewportSize({ width, height: 800 });
    await waterfall.show(live(ready, { history }));
    await page.locator("#compare").selectOption("p50");
    const chart = page.locator("#chart");
    await expect.poll(() => chart.getAttribute("width")).toBe(String(width));
    const right = await page
      .locator("#chart text, #chart rect")
      .evaluateAll((all) => Math.max(...all.map((one) => one.getBoundingClientRect().right)));
    expect(right).toBeLessThanOrEqual(width);
    // Whole, beside its share of the chain and above its difference. Half of the room is enough for it, whatever the font.
    const label = waterfall.row("bridge").locator(".label");
    expect(await label.textContent()).toBe("Open the bridge");
    expect(waterfall.errors).toEqual([]);
  });
});
