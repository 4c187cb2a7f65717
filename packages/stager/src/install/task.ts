import { utimesSync } from "node:fs";
import { join } from "node:path";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import type { StageEntry } from "../manifest.ts";
import type { Placed, PlaceWork } from "../strategies/place-files.ts";
import { type PackedFiles, packFiles } from "../tree/packed.ts";
import { pathBelow } from "../tree/paths.ts";
import { shardByBytes } from "../tree/shard.ts";
import { Decider, type Decision, type Intent } from "./decide.ts";
import { identityOf } from "./identity.ts";
import { commit, type Journal, recover, removeIfEmpty } from "./journal.ts";
import type { ConflictPolicy } from "./keep-users.ts";
import { layoutOf, type TargetLayout } from "./layout.ts";
import { type LegacySource, legacyWanted } from "./legacy.ts";
import { readMarker } from "./marker.ts";
import { PartBuilder } from "./part.ts";
import { readStage, wantedOf } from "./read-stage.ts";
import type { InstallItem } from "./result.ts";
import type { Env, Wanted } from "./wanted.ts";

export interface InstallTask {
  readonly source:
    | {
        readonly id: "stage";
        readonly stageDir: string;
        readonly agentVersion?: string | undefined;
      }
    | { readonly id: "legacy"; readonly sources: readonly LegacySource[] }
    | { readonly id: "files"; readonly wanted: readonly Wanted[] }
    /** Uninstall. */
    | { readonly id: "nothing" };
  readonly targetDir: string;
  /** Whether the install creates the target. */
  readonly madeTarget: boolean;
  readonly env: Env;
  readonly isolation?: StageEntry["isolation"] | undefined;
  readonly onConflict: ConflictPolicy;
  /** The number of threads that place the files of large trees. */
  readonly threads: number;
  readonly cancel: CancelFlag;
}

/** Files for one thread to place before the change can be decided. */
export interface Shard {
  readonly part: string;
  readonly work: PlaceWork;
  readonly files: PackedFiles;
}

/** A change that can be decided as soon as all shards have been placed. */
export interface Prepared {
  readonly journal: Journal;
  readonly stageId: string | null;
  readonly items: readonly InstallItem[];
  /** The times of folders, to set after all files have been placed. */
  readonly folders: readonly { readonly path: string; readonly mtimeMs: number }[];
}

/** How the files of a part were placed. */
export interface PartPlaced extends Placed {
  readonly part: string;
}

export type InstallTaskResult =
  | { readonly id: "done"; readonly stageId: string | null; readonly items: readonly InstallItem[] }
  | { readonly id: "copies"; readonly shards: readonly Shard[]; readonly prepared: Prepared };

/**
 * Prepares the change of a target to what its source describes. Runs in a worker, while the caller holds the target's lock.
 * The files of large trees, which take long, are returned as work for several workers. After that, {@link finishTask} decides
 * the change. When this throws, the caller runs {@link abandonTask}.
 *
 * @throws StageUnusable
 */
export function installTask(task: InstallTask): InstallTaskResult {
  const layout = layoutOf(task.targetDir);
  recover(layout);
  const intent = read(task);
  const builder = new PartBuilder(layout.fresh, task.cancel);
  const decider = new Decider(intent, layout, readMarker(layout.marker), builder);
  for (const wanted of intent.wanted) {
    throwIfCancelled(task.cancel);
    decider.add(wanted);
  }
  const decision = decider.decide();
  const prepared = prepare(decision, { layout, stageId: intent.stageId });
  const shards = shardsOf(decision, task.threads);
  if (shards.length > 0) return { id: "copies", shards, prepared };
  const placed = [...decision.parts].map(([part, { placed: how }]) => ({ part, ...how }));
  return finishTask({ prepared, placed, targetDir: task.targetDir });
}

/** Decides the change and carries it out. From the decision on it will be completed, even if processes are killed. */
export function finishTask(options: {
  readonly prepared: Prepared;
  readonly placed: readonly PartPlaced[];
  readonly targetDir: string;
}): InstallTaskResult & { id: "done" } {
  const { prepared, placed } = options;
  const layout = layoutOf(options.targetDir);
  for (const { path, mtimeMs } of prepared.folders) {
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
  }
  const journal = withIdentities(prepared.journal, layout);
  const { stageId, items } = prepared;
  if (!changesAnything(journal, layout)) return { id: "done", stageId, items };
  const kept = commit(journal, layout);
  const parts = new Map(journal.operations.map(({ path, part }) => [path, part]));
  const told = items.map((item): InstallItem => {
    const notes = [
      ...placed.filter(({ part }) => part === parts.get(item.path)).flatMap(sayFellBack),
      ...sayKept(kept.get(item.path) ?? []),
    ];
    return notes.length === 0 ? item : { ...item, reason: [item.reason, ...notes].join("; ") };
  });
  return { id: "done", stageId, items: told };
}

/** Removes everything that a cancelled or failed install had begun. */
export function abandonTask(options: {
  readonly targetDir: string;
  readonly madeTarget: boolean;
}): void {
  const layout = layoutOf(options.targetDir);
  recover(layout);
  if (options.madeTarget) removeIfEmpty(layout.target);
}

function read(task: InstallTask): Intent {
  const { source, env, isolation, onConflict, madeTarget } = task;
  const common = { stageId: null, settings: source.id, onConflict, madeTarget };
  switch (source.id) {
    case "nothing":
      return { ...common, wanted: [] };
    case "files":
      return { ...common, wanted: source.wanted };
    case "legacy":
      return { ...common, wanted: legacyWanted(source.sources) };
    case "stage": {
      const { stageDir, agentVersion } = source;
      const manifest = readStage(stageDir, agentVersion);
      const wanted = wantedOf(manifest, { stageDir, env, isolation });
      const settings = JSON.stringify({ stageDir, isolation });
      return { ...common, stageId: manifest.id, wanted, settings };
    }
    default:
      return source satisfies never;
  }
}

function prepare(
  { journal, items, parts }: Decision,
  { layout, stageId }: { layout: TargetLayout; stageId: string | null },
): Prepared {
  const folders = [...parts].flatMap(([part, { nodes }]) =>
    nodes.flatMap((node) =>
      node.type === "folder"
        ? [{ path: pathBelow(join(layout.fresh, part), node.path), mtimeMs: node.mtimeMs }]
        : [],
    ),
  );
  return { journal, items, folders, stageId };
}

function shardsOf({ parts }: Decision, threads: number): Shard[] {
  return [...parts].flatMap(([part, { rest }]) =>
    rest === null
      ? []
      : shardByBytes(rest.files, threads).map((files) => ({
          part,
          work: rest.work,
          files: packFiles(files),
        })),
  );
}

/** Adds the identities of the parts, which are complete now. The rename to their final path does not change them. */
function withIdentities(journal: Journal, layout: TargetLayout): Journal {
  const { marker, operations } = journal;
  if (marker === null) return journal;
  const parts = new Map(operations.map(({ path, part }) => [path, part]));
  const entries = marker.entries.map((entry) => {
    const part = parts.get(entry.path);
    if (part === undefined) return entry;
    return { ...entry, identity: identityOf(join(layout.fresh, part)) ?? "" };
  });
  return { ...journal, marker: { ...marker, entries } };
}

function changesAnything({ operations, marker }: Journal, layout: TargetLayout): boolean {
  if (operations.length > 0) return true;
  return JSON.stringify(marker) !== JSON.stringify(readMarker(layout.marker));
}

function sayFellBack({ fellBack, why }: PartPlaced): string[] {
  return fellBack === 0 ? [] : [`${fellBack} files had to be copied (${why})`];
}

function sayKept(paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const named = paths.slice(0, 5).join(", ");
  return [`kept what is not ours in it: ${named}${paths.length > 5 ? ", …" : ""}`];
}
