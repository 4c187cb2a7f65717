import { printable } from "@sandboot/runtime/protocol";

const SVG = "http://www.w3.org/2000/svg";

export function element<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, typeof value === "number" ? String(round(value)) : value);
  }
  return node;
}

export function text(
  content: string,
  attributes: Readonly<Record<string, string | number>>,
): SVGElement {
  const node = element("text", attributes);
  node.textContent = printable(content);
  return node;
}

const round = (value: number) => Math.round(value * 100) / 100;
