import type { FromWebview, ToWebview } from "../model/waterfall-messages.ts";
import { wireKeyboard, wirePointer } from "./gestures.ts";
import { page } from "./page.ts";
import { fillCompare, fillTexts, wireToolbar } from "./toolbar.ts";
import { isDecided } from "./viewport.ts";
import { FIRST, type View, Waterfall } from "./waterfall.ts";

interface VsCodeApi {
  postMessage(message: FromWebview): void;
  getState(): View | undefined;
  setState(view: View): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const LIVE_INTERVAL_MS = 100;
/** What runs on after the boot shows only its seconds. */
const LATE_INTERVAL_MS = 1000;

const vscode = acquireVsCodeApi();
const waterfall = new Waterfall(vscode.getState() ?? { comparison: FIRST, window: null }, (view) =>
  vscode.setState(view),
);
const send = (message: FromWebview) => vscode.postMessage(message);

wireKeyboard(waterfall);
wirePointer(waterfall);
wireToolbar(waterfall, send);

window.addEventListener("message", ({ data }: MessageEvent<ToWebview>) => {
  switch (data.type) {
    case "texts":
      fillTexts(data.texts);
      waterfall.setTexts(data.texts);
      break;
    case "model":
      waterfall.setModel(data.model);
      return;
    case "comparisons":
      waterfall.setComparisons(data.comparisons);
      break;
    default:
      data satisfies never;
      return;
  }
  fillCompare(waterfall);
});
new ResizeObserver(() => waterfall.draw()).observe(page.stage);
// Redraws running bars while the page is visible. The extension sends nothing for it.
const redraw = (decided: boolean) => {
  const { model } = waterfall;
  if (model?.live === true && isDecided(model) === decided && !document.hidden) waterfall.draw();
};
setInterval(() => redraw(false), LIVE_INTERVAL_MS);
setInterval(() => redraw(true), LATE_INTERVAL_MS);
fillTexts(waterfall.texts);
send({ type: "loaded" });
