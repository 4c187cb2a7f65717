import { createHash } from "node:crypto";
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { glob, isDynamicPattern } from "tinyglobby";
import {
  FILES_FOLDER,
  FORMAT_VERSION,
  MANIFEST_FILE,
  type Manifest,
  type ManifestEntry,
} from "./manifest.ts";
import { type PlanEntry, readPlan, type StagePlan } from "./plan.ts";
import { STAGER_VERSION } from "./version.ts";

export interface BuildOptions {
  readonly planFile: string;
  readonly outDir: string;
}

/** A stage could not be built; names the entry. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

interface Placed {
  readonly path: string;
  readonly kind: ManifestEntry["kind"];
  readonly gate?: string;
  readonly isolation: ManifestEntry["isolation"];
}

/**
 * Builds a stage beside `outDir` and swaps it in; a build that fails leaves what was there before.
 *
 * @throws {@link BuildError}
 */
export async function buildStage({ planFile, outDir }: BuildOptions): Promise<Manifest> {
  const { plan, root } = await readPlan(planFile);
  const out = resolve(outDir);
  const making = `${out}.making`;
  await rm(making, { recursive: true, force: true });
  const files = join(making, FILES_FOLDER);
  await mkdir(files, { recursive: true });
  try {
    const placed = [
      ...(await placeNpm(plan, root, files)),
      ...(await placeEntries(plan, root, files)),
    ];
    const twice = placed.find(
      ({ path }, at) => placed.findIndex((other) => other.path === path) !== at,
    );
    if (twice !== undefined) throw new BuildError(`two entries claim ${twice.path}`);
    const entries: ManifestEntry[] = [];
    for (const one of placed.sort((a, b) => (a.path < b.path ? -1 : 1))) {
      entries.push({ ...one, ...(await describe(join(files, one.path))) });
    }
    const id = createHash("sha256").update(JSON.stringify(entries)).digest("hex");
    const manifest: Manifest = {
      formatVersion: FORMAT_VERSION,
      id,
      stagerVersion: STAGER_VERSION,
      agentVersion: plan.agentVersion ?? null,
      entries,
    };
    await writeFile(join(making, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(out, { recursive: true, force: true });
    await rename(making, out);
    return manifest;
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

async function placeNpm(plan: StagePlan, root: string, files: string): Promise<Placed[]> {
  const placed: Placed[] = [];
  for (const source of plan.npm) {
    const folder = join(files, source.to);
    await mkdir(folder, { recursive: true });
    for (const name of ["package.json", "package-lock.json"]) {
      await cp(join(resolve(root, source.from), name), join(folder, name)).catch(
        (error: NodeJS.ErrnoException) => {
          throw new BuildError(`npm source ${source.from}: ${name} cannot be read (${error.code})`);
        },
      );
    }
    const args = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
    const { exitCode, stderr } = await execa("npm", args, { cwd: folder, reject: false });
    if (exitCode !== 0)
      throw new BuildError(`npm source ${source.from}: npm ci ended with ${exitCode}\n${stderr}`);
    const shared = { isolation: "shared" as const };
    placed.push(
      { path: join(source.to, "node_modules"), kind: "link", ...shared },
      { path: join(source.to, "package.json"), kind: "copy", ...shared },
      { path: join(source.to, "package-lock.json"), kind: "copy", ...shared },
    );
    if (source.seed === undefined) continue;
    const seed = join(files, source.seed);
    await mkdir(seed, { recursive: true });
    for (const name of ["package.json", "package-lock.json"]) {
      await cp(join(folder, name), join(seed, name));
      placed.push({ path: join(source.seed, name), kind: "copy", ...shared });
    }
    const up = source.seed
      .split("/")
      .map(() => "..")
      .join("/");
    await symlink(join(up, source.to, "node_modules"), join(seed, "node_modules"));
    placed.push({ path: join(source.seed, "node_modules"), kind: "link", ...shared });
  }
  return placed;
}

async function placeEntries(plan: StagePlan, root: string, files: string): Promise<Placed[]> {
  const placed: Placed[] = [];
  for (const entry of plan.entries) {
    const sources = await sourcesOf(entry, root);
    if (sources.length === 0 && entry.required) {
      throw new BuildError(`entry "${entry.from}" is required and matches nothing below ${root}`);
    }
    for (const source of sources) {
      const path = entry.to.endsWith("/") ? join(entry.to, basename(source)) : entry.to;
      const target = join(files, path);
      await mkdir(dirname(target), { recursive: true });
      await cp(source, target, { recursive: true, preserveTimestamps: true });
      if (entry.mode !== undefined) await chmod(target, Number.parseInt(entry.mode, 8));
      placed.push({
        path,
        kind: entry.kind,
        isolation: entry.isolation,
        ...(entry.gate !== undefined && { gate: entry.gate }),
      });
    }
  }
  return placed;
}

async function sourcesOf(entry: PlanEntry, root: string): Promise<string[]> {
  if (isDynamicPattern(entry.from)) {
    const found = await glob(entry.from, {
      cwd: root,
      ignore: entry.exclude,
      onlyFiles: false,
      expandDirectories: false,
      absolute: true,
    });
    return found.map((path) => path.replace(/\/$/, "")).sort();
  }
  const path = resolve(root, entry.from);
  return (await stat(path).catch(() => null)) === null ? [] : [path];
}

async function describe(
  path: string,
): Promise<Pick<ManifestEntry, "mode" | "size" | "files" | "sha256">> {
  const hash = createHash("sha256");
  let size = 0;
  let files = 0;
  const visit = async (here: string, name: string): Promise<void> => {
    const found = await lstat(here);
    if (found.isSymbolicLink()) {
      hash.update(`link ${name} ${await readlink(here)}\n`);
    } else if (found.isDirectory()) {
      hash.update(`folder ${name}\n`);
      for (const child of (await readdir(here)).sort())
        await visit(join(here, child), `${name}/${child}`);
    } else {
      const content = await readFile(here);
      size += content.length;
      files += 1;
      hash.update(`file ${name} ${found.mode & 0o777} ${content.length}\n`).update(content);
    }
  };
  await visit(path, "");
  return { mode: (await lstat(path)).mode & 0o777, size, files, sha256: hash.digest("hex") };
}
