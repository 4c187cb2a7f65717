import type { FromWebview, ToWebview } from "../model/waterfall-messages.ts";
import { wireKeyboard, wirePointer } from "./gestures.ts";
import { page } from "./page.ts";
import { fillCompare, fillTexts, wireToolbar } from "./toolbar.ts";
import { FIRST, type View, Waterfall } from "./waterfall.ts";

interface VsCodeApi {
  postMessage(message: FromWebview): void;
  getState(): View | undefined;
  setState(view: View): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const LIVE_INTERVAL_MS = 100;

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
setInterval(() => {
  if (waterfall.model?.live === true && !document.hidden) waterfall.draw();
}, LIVE_INTERVAL_MS);
fillTexts(waterfall.texts);
send({ type: "loaded" });
