export type Measure = (text: string) => number;

const measures = new Map<string, Measure>();

/** Measures text in a font in CSS notation, `600 12.5px sans-serif`. Cached by font, because charts are drawn often. */
export function measureIn(font: string): Measure {
  const measure = measures.get(font) ?? makeMeasure(font);
  measures.set(font, measure);
  return measure;
}

function makeMeasure(font: string): Measure {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) return (text) => text.length * 7;
  context.font = font;
  return (text) => context.measureText(text).width;
}

/** The text, or as much of it as fits with an ellipsis. */
export function fitText(text: string, widthPx: number, measure: Measure): string {
  const width = measure(text);
  if (width <= widthPx) return text;
  let length = Math.floor((text.length * widthPx) / width);
  const cut = () => `${text.slice(0, length).trimEnd()}…`;
  while (length > 1 && measure(cut()) > widthPx) length--;
  return cut();
}
