import { page } from "./page.ts";
import { ZOOM_STEP } from "./toolbar.ts";
import type { Waterfall } from "./waterfall.ts";

/** Share of the visible time that one press of an arrow key moves. */
const PAN_SHARE = 0.15;

/** A pointer that moves less is a click, not a drag. */
const DRAG_PX = 4;

export function wireKeyboard(waterfall: Waterfall): void {
  const pan = (share: number) => waterfall.pan(waterfall.spanMs * share);
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => waterfall.step(1),
    ArrowUp: () => waterfall.step(-1),
    Home: () => waterfall.step(Number.NEGATIVE_INFINITY),
    End: () => waterfall.step(Number.POSITIVE_INFINITY),
    ArrowLeft: () => pan(-PAN_SHARE),
    ArrowRight: () => pan(PAN_SHARE),
    "+": () => waterfall.zoom(ZOOM_STEP),
    "=": () => waterfall.zoom(ZOOM_STEP),
    "-": () => waterfall.zoom(1 / ZOOM_STEP),
    "0": () => waterfall.fit(),
    Enter: () => waterfall.select(waterfall.selected, !waterfall.pinned),
    Escape: () => waterfall.select(null, false),
  };
  page.stage.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  page.detail.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") waterfall.select(null, false);
  });
  page.chart.addEventListener("focusin", (event) => waterfall.select(phaseAt(event.target)));
}

export function wirePointer(waterfall: Waterfall): void {
  const { chart, stage } = page;
  const ends = ["pointerup", "pointercancel"] as const;
  let dragged = false;
  chart.addEventListener("pointerover", (event) => {
    const phase = phaseAt(event.target);
    if (!waterfall.pinned && phase !== null) waterfall.select(phase);
  });
  chart.addEventListener("pointerleave", () => {
    if (!waterfall.pinned) waterfall.select(null);
  });
  chart.addEventListener("click", (event) => {
    if (dragged) return;
    const phase = phaseAt(event.target);
    waterfall.select(phase, phase !== null && !(waterfall.pinned && phase === waterfall.selected));
  });
  page.detail.addEventListener("click", ({ target }) => {
    const need = target instanceof HTMLElement ? target.dataset["choose"] : undefined;
    if (need !== undefined) waterfall.pin(need);
  });
  chart.addEventListener("pointerdown", (down) => {
    dragged = false;
    let lastX = down.clientX;
    const move = ({ clientX }: PointerEvent) => {
      if (Math.abs(clientX - down.clientX) > DRAG_PX) dragged = true;
      if (dragged) waterfall.pan(waterfall.msAt(lastX) - waterfall.msAt(clientX));
      lastX = clientX;
    };
    window.addEventListener("pointermove", move);
    const end = () => {
      for (const name of ends) window.removeEventListener(name, end);
      window.removeEventListener("pointermove", move);
    };
    for (const name of ends) window.addEventListener(name, end);
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const factor = event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP;
      waterfall.zoom(factor, waterfall.msAt(event.clientX));
    },
    { passive: false },
  );
}

function phaseAt(target: EventTarget | null): string | null {
  return (target as Element | null)?.closest?.("[data-phase]")?.getAttribute("data-phase") ?? null;
}
