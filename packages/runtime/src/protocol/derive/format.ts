/** A duration as people say it: `840 ms`, `2.13 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/**
 * How much longer or shorter than before: `+120 ms`, `−1.30 s`, `±0 ms`.
 *
 * @param style - `ascii` writes `-1.30 s` and `0 ms`, for terminals and for `awk`.
 */
export function formatDifference(
  durationMs: number,
  beforeMs: number,
  style: "typographic" | "ascii" = "typographic",
): string {
  const differenceMs = durationMs - beforeMs;
  const [minus, none] = style === "ascii" ? ["-", ""] : ["−", "±"];
  if (Math.abs(differenceMs) < 0.5) return `${none}0 ms`;
  return `${differenceMs > 0 ? "+" : minus}${formatDuration(Math.abs(differenceMs))}`;
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A size as people say it: `1.8 kB`, `63 MB`. Decimal units, like `du --si`. */
export function formatBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 999.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${unit > 0 && amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${BYTE_UNITS[unit]}`;
}

/**
 * One entry of a phase's `detail` for people. The unit at the end of a key goes to the value:
 * `lagMs: 24.006` is `lag` and `24 ms`, `heldUntilNow: true` is `held until now` and `yes`.
 */
export function formatDetail(key: string, value: unknown): readonly [name: string, text: string] {
  const [, stem, unit] = /^(.+?)(Ms|Bytes)$/.exec(key) ?? [];
  if (stem === undefined || typeof value !== "number") return [inWords(key), formatValue(value)];
  return [inWords(stem), unit === "Ms" ? formatDuration(value) : formatBytes(value)];
}

/** The entries of a phase's `detail` that say something. An empty list, or none, says nothing. */
export function tellingDetails(detail: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(detail).filter(([, value]) => !isEmpty(value));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}

/** Keys that say too little by themselves. */
const WORDS: Readonly<Record<string, string>> = { by: "noticed by" };

/** `heldUntilNow` → `held until now`. */
function inWords(key: string): string {
  const word = Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
  if (word !== undefined) return word;
  return key.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
}

/** Any JSON value as one short line for people. */
function formatValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      // A hash, as short as git shows it.
      return /^[0-9a-f]{32,}$/.test(value) ? value.slice(0, 12) : value;
    case "number":
      return String(Math.round(value * 1000) / 1000);
    case "boolean":
      return value ? "yes" : "no";
    default:
      if (isEmpty(value)) return "none";
      if (!Array.isArray(value)) return formatEntries(value as Record<string, unknown>);
      return value.map(formatValue).join(value.some(isObject) ? "; " : ", ");
  }
}

/** `{ path: "/a", linked: true }` → `path /a, linked yes`. */
function formatEntries(value: Readonly<Record<string, unknown>>): string {
  return tellingDetails(value)
    .map(([key, part]) => formatDetail(key, part).join(" "))
    .join(", ");
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
