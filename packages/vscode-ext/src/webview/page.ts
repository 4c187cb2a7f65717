/** The parts of the page (waterfall-page.ts) by their ids. */
export function find<T extends Element>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}

export const page = {
  title: find<HTMLElement>("#title"),
  subtitle: find<HTMLElement>("#subtitle"),
  stage: find<HTMLElement>("#stage"),
  chart: find<SVGSVGElement>("#chart"),
  detail: find<HTMLElement>("#detail"),
  strip: find<SVGSVGElement>("#strip"),
  change: find<HTMLElement>("#change"),
  compare: find<HTMLSelectElement>("#compare"),
  legend: document.querySelectorAll<HTMLElement>("[data-legend]"),
} as const;
