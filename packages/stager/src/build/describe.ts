import { FORMAT_VERSION, type StageEntry, type StageManifest } from "../manifest.ts";
import { entryHash, stageId } from "../stage-id.ts";
import { byPath } from "../tree/paths.ts";
import { STAGER_VERSION } from "../version.ts";
import type { Filled } from "./fill.ts";

/** Makes the `stage.json` for the contents of a stage. The same contents always give the same id. */
export function describeStage(
  filled: readonly Filled[],
  agentVersion: string | null,
  catalogue: StageManifest["catalogue"],
): StageManifest {
  const entries = filled.map(describeEntry).sort(byPath);
  return {
    formatVersion: FORMAT_VERSION,
    id: stageId(agentVersion, entries),
    stagerVersion: STAGER_VERSION,
    agentVersion,
    ...(catalogue !== undefined && { catalogue }),
    entries,
  };
}

function describeEntry({ source, files }: Filled): StageEntry {
  const { to: path, kind, isolation, gate, mode } = source;
  const contents = files.filter((file) => file.type === "file");
  return {
    path,
    kind,
    isolation,
    ...(gate !== undefined && { gate }),
    type: files[0]?.type ?? "file",
    mode,
    bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0),
    files: contents.length,
    sha256: entryHash(path, files),
  };
}
