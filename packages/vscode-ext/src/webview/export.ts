/** Properties to copy into an exported file, which has no style sheet and no theme. */
const STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-opacity",
  "opacity",
  "paint-order",
  "font-family",
  "font-size",
  "font-weight",
] as const;

const PNG_SCALE = 2;

/** @returns The chart as an SVG file, in the theme's colours. */
export function exportSvg(chart: SVGSVGElement): string {
  const copy = chart.cloneNode(true) as SVGSVGElement;
  const originals = [chart, ...chart.querySelectorAll<SVGElement>("*")];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  for (const [index, original] of originals.entries()) {
    const target = copies[index];
    if (target === undefined) continue;
    const computed = getComputedStyle(original);
    for (const name of STYLES) target.setAttribute(name, computed.getPropertyValue(name));
    for (const name of ["class", "tabindex", "data-phase", "aria-current"])
      target.removeAttribute(name);
  }
  const background = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  background.setAttribute("width", "100%");
  background.setAttribute("height", "100%");
  background.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  copy.prepend(background);
  return new XMLSerializer().serializeToString(copy);
}

/** @returns The chart as a PNG in base64, at twice its size on the screen. */
export async function exportPng(chart: SVGSVGElement): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(exportSvg(chart))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = chart.width.baseVal.value * PNG_SCALE;
  canvas.height = chart.height.baseVal.value * PNG_SCALE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png").split(",")[1] ?? "";
}
