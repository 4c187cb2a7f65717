import {
  cp,
  lstat,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  FILES_FOLDER,
  MANIFEST_FILE,
  type Manifest,
  type ManifestEntry,
  parseManifest,
  StageUnusable,
} from "./manifest.ts";
import type { InstallItem } from "./result.ts";

export interface InstallTask {
  readonly stageDir: string;
  readonly targetDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type InstallTaskResult =
  | { readonly id: "installed"; readonly stageId: string; readonly items: readonly InstallItem[] }
  | { readonly id: "unusable"; readonly reason: string; readonly path: string };

interface Marker {
  readonly stageId: string;
  readonly items: readonly InstallItem[];
}

/** Beside what it speaks of; written last. */
const MARKER_FILE = ".sandboot-stage.json";

/** Puts a stage in place. Runs in a worker. */
export async function installTask(task: InstallTask): Promise<InstallTaskResult> {
  try {
    const manifestPath = join(task.stageDir, MANIFEST_FILE);
    const text = await readFile(manifestPath, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new StageUnusable(
        error.code === "ENOENT" ? "there is no such file" : `${error.code}`,
        manifestPath,
      );
    });
    const manifest = parseManifest(text, manifestPath);
    return { id: "installed", stageId: manifest.id, items: await install(manifest, task) };
  } catch (error) {
    if (!(error instanceof StageUnusable)) throw error;
    return { id: "unusable", reason: error.reason, path: error.path };
  }
}

async function install(manifest: Manifest, task: InstallTask): Promise<readonly InstallItem[]> {
  const markerPath = join(task.targetDir, MARKER_FILE);
  const wanted = manifest.entries.map((entry) => ({ entry, open: isOpen(entry.gate, task.env) }));
  const gates = wanted
    .filter(({ open }) => !open)
    .map(({ entry }) => entry.path)
    .join("\n");
  const id = `${manifest.id}\n${gates}`;
  const marker = await readMarker(markerPath);
  if (marker?.stageId === id) {
    return marker.items.map((item) =>
      item.result === "gated" ? item : { ...item, result: "present" },
    );
  }
  await mkdir(task.targetDir, { recursive: true });
  const items: InstallItem[] = [];
  for (const { entry, open } of wanted) {
    if (!open) {
      items.push({ path: entry.path, result: "gated", reason: `${entry.gate} is not set` });
      await rm(join(task.targetDir, entry.path), { recursive: true, force: true });
      continue;
    }
    items.push(await place(entry, task));
  }
  await writeFile(`${markerPath}.new`, JSON.stringify({ stageId: id, items } satisfies Marker));
  await rename(`${markerPath}.new`, markerPath);
  return items;
}

async function place(
  entry: ManifestEntry,
  { stageDir, targetDir }: InstallTask,
): Promise<InstallItem> {
  const source = join(stageDir, FILES_FOLDER, entry.path);
  const target = join(targetDir, entry.path);
  await stat(source).catch(() => {
    throw new StageUnusable("it is in stage.json and not in the stage", source);
  });
  await mkdir(dirname(target), { recursive: true });
  const beside = `${target}.sandboot-new`;
  await rm(beside, { recursive: true, force: true });
  if (entry.kind === "link") {
    if ((await readlink(target).catch(() => null)) === source) {
      return { path: entry.path, result: "linked", bytes: entry.size };
    }
    await symlink(source, beside);
  } else {
    await cp(source, beside, { recursive: true, preserveTimestamps: true });
  }
  const there = await lstat(target).catch(() => null);
  if (there?.isDirectory()) await rm(target, { recursive: true });
  await rename(beside, target);
  return {
    path: entry.path,
    result: entry.kind === "link" ? "linked" : "copied",
    bytes: entry.size,
  };
}

async function readMarker(path: string): Promise<Marker | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Marker;
  } catch {
    return null;
  }
}

function isOpen(gate: string | undefined, env: InstallTask["env"]): boolean {
  if (gate === undefined) return true;
  const at = gate.indexOf("=");
  if (at < 0) return (env[gate] ?? "") !== "";
  return env[gate.slice(0, at)] === gate.slice(at + 1);
}
