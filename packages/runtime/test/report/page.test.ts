import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { BootReport } from "../../src/protocol/index.ts";
import { renderPage } from "../../src/report/html/page.ts";
import { launchBrowser } from "../support/browser.ts";
import { recordedReport, reportOf } from "../support/reports.ts";
import { scratchFolder } from "../support/scratch.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

interface OpenedPage {
  readonly page: Page;
  /** What the browser complained of, and what the page asked the network for. */
  readonly complaints: string[];
}

async function open(
  report: BootReport,
  options: {
    readonly earlier?: readonly BootReport[];
    readonly javaScriptEnabled?: boolean;
    readonly width?: number;
  } = {},
): Promise<OpenedPage> {
  const { earlier = [], javaScriptEnabled = true, width = 1200 } = options;
  const file = join(await scratchFolder(), "report.html");
  await writeFile(file, renderPage(report, earlier));
  const context = await browser.newContext({
    javaScriptEnabled,
    viewport: { width, height: 800 },
    colorScheme: "light",
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) complaints.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}

const failed: BootReport = {
  ...reportOf({
    outcome: "failed",
    phases: [
      { id: "stage", ran: [100, 120], where: "workers" },
      { id: "hook.start:web", ran: [100, 900], status: "failed" },
      { id: "sidecar.ttyd", ran: [100, 130], status: "warned", required: false },
      { id: "ready", needs: ["hook.start:web"] },
    ],
  }),
  output: {
    "hook.start:web": ["</pre><script>document.title = 'taken over'</script>", "\u001b[31mred"],
  },
  warnings: [{ phase: "sidecar.ttyd", message: "ttyd is not installed" }],
  fatal: {
    phase: "hook.start:web",
    failure: {
      code: "hook-failed",
      message: "start.sh ended with exit code 7",
      hint: "look there",
      outputTail: ["db is down"],
    },
    readyByThen: ["stage"],
  },
};

describe("the report as a page", () => {
  it("shows a real boot: the answer, a bar a phase, details, stage, processes; nothing is asked of the network", async () => {
    const report = await recordedReport();
    const { page, complaints } = await open(report);
    expect(await page.locator("h1").textContent()).toContain("Ready in 5.16 s");
    const names = await page.locator("a.row .name").allInnerTexts();
    expect(names.sort()).toEqual(report.phases.map(({ title }) => title).sort());
    const tooltips = page.locator("a.row .name [title]");
    const ids = await tooltips.evaluateAll((all) => all.map((name) => name.getAttribute("title")));
    expect(ids.sort()).toEqual(report.phases.map(({ id }) => id).sort());
    const widths = await page
      .locator("[data-bar]")
      .evaluateAll((bars) =>
        bars.map(
          (bar) => [bar.getAttribute("data-bar"), bar.getBoundingClientRect().width] as const,
        ),
      );
    const longest = widths.toSorted(([, a], [, b]) => b - a)[0]?.[0];
    expect(longest).toBe("agent.listening");
    for (const [, width] of widths) expect(width).toBeGreaterThan(0);
    expect(await page.locator("details.phase").count()).toBe(report.phases.length);
    expect(await page.getByText("10 items").count()).toBe(1);
    expect(await page.locator("main").textContent()).toContain("opencode 1.18.33");
    // An empty list of changes says nothing.
    expect(await page.locator("main").textContent()).not.toContain("changed since spawn");
    expect(complaints).toEqual([]);
  });

  it("says all of that with scripts switched off", async () => {
    const { page, complaints } = await open(await recordedReport(), { javaScriptEnabled: false });
    expect(await page.locator("h1").isVisible()).toBe(true);
    expect(await page.locator("svg.bars rect.bar").count()).toBeGreaterThan(7);
    expect(await page.locator("button").count()).toBe(0);
    await page.locator("details.phase summary").first().click();
    expect(await page.locator("details.phase .body").first().isVisible()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("a failed boot: what failed, its last lines, what to do, what was ready; open where it hurts", async () => {
    const { page } = await open(failed);
    const text = await page.locator("main").textContent();
    for (const part of ["hook.start:web failed", "exit code 7", "db is down", "look there"])
      expect(text).toContain(part);
    expect(text).toContain("Ready by then: stage.");
    expect(text).toContain("ttyd is not installed");
    expect(await page.locator("details.phase[open] summary b").allInnerTexts()).toEqual([
      "hook.start:web",
      "sidecar.ttyd",
    ]);
  });

  it("what a hook printed stays text", async () => {
    const { page, complaints } = await open(failed);
    expect(await page.title()).toBe("sandboot: failed");
    const output = await page.locator("details.phase[open] pre.output").first().textContent();
    expect(output).toContain("<script>document.title");
    expect(output).toContain("\nred");
    expect(complaints).toEqual([]);
  });

  it("compares with earlier boots of the mode", async () => {
    const report = await recordedReport();
    const earlier = [1, 2, 3].map((day) => ({
      ...report,
      readyMs: 4_000,
      startedAt: `2026-01-0${day}T00:00:00.000Z`,
      phases: report.phases.map((phase) =>
        phase.id === "agent.session" ? { ...phase, endMs: (phase.startMs ?? 0) + 100 } : phase,
      ),
    }));
    const { page } = await open(report, { earlier });
    expect(await page.locator("h1 .chip").textContent()).toBe("+1.16 s");
    const row = page.locator('a.row[data-phase="agent.session"] .chip');
    expect(await row.textContent()).toBe("+512 ms");
    expect(await row.getAttribute("class")).toContain("slower");
    expect(await page.locator("svg.earlier rect").count()).toBe(4);
  });

  it("a row leads to its details and lights what it waited for; the theme can be switched", async () => {
    const { page } = await open(await recordedReport());
    const row = page.locator('a.row[data-phase="agent.listening"]');
    await row.hover();
    expect(await page.locator("a.row.lit .name").allInnerTexts()).toEqual([
      "Stage the agent's files",
      "Start opencode",
      "opencode answers",
    ]);
    await row.click();
    await page.locator('details[id="phase-agent.listening"][open]').waitFor();
    const ground = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    await page.getByRole("button", { name: "Dark" }).click();
    expect(await ground()).not.toBe(light);
  });

  it("fits a narrow window", async () => {
    const { page } = await open(failed, { width: 400 });
    const overflow = await page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    expect(overflow).toBe(0);
  });
});
