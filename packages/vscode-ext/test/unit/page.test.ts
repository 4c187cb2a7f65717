import { describe, expect, it } from "vitest";
import { inEnglish } from "../../src/model/translate.ts";
import { waterfall } from "../../src/model/waterfall.ts";
import { waterfallPage } from "../../src/views/waterfall-page.ts";
import { fitText } from "../../src/webview/fit-text.ts";
import { panned, wholeBoot, zoomed } from "../../src/webview/viewport.ts";
import { begin, untilHookRuns, untilReady } from "../fixtures/boot-script.ts";
import { live, STARTED_AT, stateAfter } from "../fixtures/snapshots.ts";

describe("the waterfall's page", () => {
  const html = waterfallPage({
    nonce: "n0nce",
    cspSource: "https://editor.test",
    script: "https://editor.test/waterfall.js",
    style: "https://editor.test/waterfall.css",
    language: "en",
  });

  it("lets nothing run or be loaded but its own", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? "";
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      "img-src data:",
      "style-src https://editor.test",
      "script-src 'nonce-n0nce'",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(html.match(/<script[^>]*>/g)).toEqual([
      '<script nonce="n0nce" src="https://editor.test/waterfall.js">',
    ]);
    expect(html).not.toMatch(/\sstyle="|<style|\son\w+="/);
  });
});

describe("the viewport", () => {
  const whole = { fromMs: 0, toMs: 1000 };
  const window = { fromMs: 400, toMs: 600 };

  it("zooms about what stays where it is", () => {
    expect(zoomed(window, { factor: 2, fixedMs: 500, whole })).toEqual({ fromMs: 450, toMs: 550 });
    expect(zoomed(window, { factor: 2, fixedMs: 400, whole })).toEqual({ fromMs: 400, toMs: 500 });
  });

  it("has the whole boot, whatever still runs when it has been decided", () => {
    const state = stateAfter(untilHookRuns(STARTED_AT), untilReady(), [begin(2500, "prefetch")]);
    const whole = (of: typeof state) => {
      const model = waterfall(live(of), { t: inEnglish, nowMs: 3_600_000 });
      return wholeBoot(model ?? expect.unreachable("no boot"), 3_600_000, null).toMs;
    };
    expect(whole(state)).toBeLessThan(3000);
    expect(whole(stateAfter(untilHookRuns(STARTED_AT)))).toBeGreaterThan(3_600_000);
  });

  it("ends at the whole boot, and where nothing more is to be seen", () => {
    expect(zoomed(window, { factor: 0.1, fixedMs: 500, whole })).toBeNull();
    expect(zoomed(window, { factor: 0.5, fixedMs: 600, whole })).toEqual({
      fromMs: 200,
      toMs: 600,
    });
    expect(zoomed(window, { factor: 1000, fixedMs: 500, whole })).toBe(window);
  });

  it("moves no further than there is something", () => {
    expect(panned(window, 100, whole)).toEqual({ fromMs: 500, toMs: 700 });
    expect(panned(window, 9999, whole)).toEqual({ fromMs: 800, toMs: 1000 });
    expect(panned(window, -9999, whole)).toEqual({ fromMs: 0, toMs: 200 });
  });
});

describe("fitText", () => {
  const measure = (text: string) => text.length * 10;

  it("cuts what does not fit, and nothing else", () => {
    expect(fitText("start.sh", 80, measure)).toBe("start.sh");
    expect(fitText("Run start.sh", 60, measure)).toBe("Run s…");
    expect(fitText("Run start.sh", 50, measure)).toBe("Run…");
  });
});
