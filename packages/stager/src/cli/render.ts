import type { StageManifest } from "../manifest.ts";
import type { StageSummary } from "../verify/inspect.ts";
import { printable } from "./printable.ts";

/** Formats a number of bytes: `1.2 kB`, `63.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** One line about a stage's catalogue of models. */
export function describeCatalogue({
  agentVersion,
  providers,
}: NonNullable<StageManifest["catalogue"]>): string {
  return printable(`models of ${providers.join(", ")}, from agent ${agentVersion}`);
}

export function renderSummary(summary: StageSummary): string {
  const { id, stagerVersion, agentVersion, bytes, files, entries, largest, gated, catalogue } =
    summary;
  const width = Math.max(...[...entries, ...largest].map(({ path }) => printable(path).length), 0);
  const row = (path: string, size: number, more = "") =>
    `  ${printable(path).padEnd(width)}  ${formatBytes(size).padStart(9)}${more === "" ? "" : `  ${more}`}`;
  return [
    `stage ${id}`,
    `built by sandboot-stage ${stagerVersion}${agentVersion === null ? "" : ` for agent ${agentVersion}`}`,
    `${files} files, ${formatBytes(bytes)}`,
    ...(catalogue === undefined ? [] : [describeCatalogue(catalogue)]),
    "",
    "entries",
    ...entries.map((entry) =>
      row(
        entry.path,
        entry.bytes,
        `${entry.kind}, ${entry.files} ${entry.files === 1 ? "file" : "files"}`,
      ),
    ),
    "",
    "largest files",
    ...largest.map(({ path, bytes: size }) => row(path, size)),
    ...(gated.length === 0
      ? []
      : [
          "",
          "gated",
          ...gated.map(
            ({ path, gate }) => `  ${printable(path).padEnd(width)}  ${printable(gate)}`,
          ),
        ]),
  ].join("\n");
}

/** Smaller trees are done before anybody could read a progress bar. */
const WORTH_A_BAR = 500;
const BAR_WIDTH = 30;

/** A progress bar for large trees. Prints nothing outside of a terminal. */
export function progressBar(stream: NodeJS.WriteStream): {
  update(done: number, total: number): void;
  end(): void;
} {
  let shown = -1;
  return {
    update: (done, total) => {
      const percent = Math.floor((done / total) * 100);
      if (!stream.isTTY || total < WORTH_A_BAR || percent === shown) return;
      shown = percent;
      const filled = Math.round((percent / 100) * BAR_WIDTH);
      stream.write(
        `\r${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)} ${percent} % of ${total} files`,
      );
    },
    end: () => {
      if (shown >= 0) stream.write("\r\u001b[K");
    },
  };
}
