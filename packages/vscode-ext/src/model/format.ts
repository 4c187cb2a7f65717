/** `840 ms`, `2.1 s`, `1 min 05 s`: as many digits as a person reads. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 1) return "< 1 ms";
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  }
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** `+120 ms`, `−1.3 s`, `±0`: how much longer or shorter than before. */
export function formatDifference(differenceMs: number): string {
  if (Math.abs(differenceMs) < 1) return "±0";
  return `${differenceMs > 0 ? "+" : "−"}${formatDuration(Math.abs(differenceMs))}`;
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `63 MB`: decimal units, as disks are sold and `du --si` prints them. */
export function formatBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 999.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${unit > 0 && amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${BYTE_UNITS[unit]}`;
}

/** A detail of a phase for people: `lagMs: 24.0063…` is `lag` and `24 ms`. */
export function formatDetail(key: string, value: unknown): readonly [name: string, text: string] {
  // A hash: nobody reads more of it than git shows.
  if (typeof value === "string" && /^[0-9a-f]{32,}$/.test(value)) return [key, value.slice(0, 12)];
  const [, name, unit] = /^(.+?)(Ms|Bytes)$/.exec(key) ?? [];
  if (name === undefined || typeof value !== "number") return [key, formatValue(value)];
  return [name, unit === "Ms" ? formatDuration(value) : formatBytes(value)];
}

/** Any JSON value as one short line. */
export function formatValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(formatValue).join(", ");
  return JSON.stringify(value) ?? "";
}

/** `/srv/work/shop/start.sh failed` as `…/shop/start.sh failed`: lines of a tree are narrow, and cut at their end. */
export function shortenPaths(text: string): string {
  return text.replace(/(^|\s)(?:\/[^/\s]+){2,}(\/[^/\s]+\/[^/\s]+)/g, "$1…$2");
}

/** Text that Markdown shows as it is. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, "\\$&");
}

/** A block of program output in Markdown, fenced by more backticks than it holds itself. */
export function codeBlock(lines: readonly string[]): string {
  const text = lines.join("\n");
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
