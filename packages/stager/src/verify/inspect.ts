import { STAGE_FILE, type StageEntry, type StageFile, type StageManifest } from "../manifest.ts";
import type { StageContents } from "./contents.ts";

export interface StageSummary {
  readonly id: string;
  readonly stagerVersion: string;
  readonly agentVersion: string | null;
  readonly catalogue?: StageManifest["catalogue"];
  readonly bytes: number;
  readonly files: number;
  /** Largest first. */
  readonly entries: readonly Pick<
    StageEntry,
    "path" | "kind" | "gate" | "isolation" | "bytes" | "files"
  >[];
  readonly largest: readonly { readonly path: string; readonly bytes: number }[];
  readonly gated: readonly { readonly path: string; readonly gate: string }[];
}

/** Summarises the contents of a stage: sizes by entry, the ten largest files, gated entries. */
export function summarise({ manifest, files }: StageContents): StageSummary {
  const { id, stagerVersion, agentVersion, catalogue, entries } = manifest;
  const contents = files.filter((file) => file.type === "file");
  return {
    id,
    stagerVersion,
    agentVersion,
    ...(catalogue !== undefined && { catalogue }),
    bytes: contents.reduce((sum, file) => sum + file.bytes, 0),
    files: contents.length,
    entries: entries.toSorted((a, b) => b.bytes - a.bytes),
    largest: contents
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, 10)
      .map(({ path, bytes }) => ({ path, bytes })),
    gated: entries.flatMap(({ path, gate }) => (gate === undefined ? [] : [{ path, gate }])),
  };
}

export interface StageDifference {
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
  readonly before: string | null;
  readonly after: string | null;
}

/** The differences between two stages: file by file, then those in `stage.json` for paths that both stages have. */
export function compareStages(a: StageContents, b: StageContents): readonly StageDifference[] {
  const files = compare(filesOf(a), filesOf(b));
  const terms = compare(termsOf(a), termsOf(b)).filter(({ change }) => change === "changed");
  return [...files, ...terms];
}

type WordsByPath = ReadonlyMap<string, string>;

function filesOf({ files }: StageContents): WordsByPath {
  return new Map(files.map((file) => [file.path, wordOf(file)]));
}

/** The agent's version of a stage, and how its entries are installed. */
function termsOf({ manifest: { agentVersion, entries } }: StageContents): WordsByPath {
  return new Map([
    [`${STAGE_FILE} (agentVersion)`, agentVersion ?? "any"],
    ...entries.map((entry) => [`${STAGE_FILE} (${entry.path})`, termOf(entry)] as const),
  ]);
}

function termOf({ kind, isolation, mode, gate }: StageEntry): string {
  const inMode = mode === null ? [] : [`mode 0${mode.toString(8)}`];
  return [kind, isolation, ...inMode, ...(gate === undefined ? [] : [`gate ${gate}`])].join(", ");
}

function compare(before: WordsByPath, after: WordsByPath): StageDifference[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .flatMap((path): StageDifference[] => {
      const [was, is] = [before.get(path) ?? null, after.get(path) ?? null];
      if (was === is) return [];
      const change = was === null ? "added" : is === null ? "removed" : "changed";
      return [{ path, change, before: was, after: is }];
    });
}

function wordOf(file: StageFile): string {
  switch (file.type) {
    case "file":
      return `file 0${file.mode.toString(8)} ${file.bytes} bytes sha256 ${file.sha256.slice(0, 12)}`;
    case "link":
      return `link to ${file.target}`;
    case "folder":
      return "folder";
    default:
      return file satisfies never;
  }
}
