import { createHash } from "node:crypto";
import { existsSync, lstatSync, writeFileSync } from "node:fs";
import { copyFile, rename, rm } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { makeFolder } from "../../base/folder.ts";
import { readText } from "../../base/text-file.ts";
import { unfinishedName } from "../../base/unfinished.ts";
import { commonDirOf, gitDirOf, settingIn } from "../../workspace/git/git-dirs.ts";

/** The versions whose repository is known to be the one that is made here (docs/opencode-facts.md#snapshot-repository). */
const KNOWN_VERSIONS = ["1.18.33"];

/** Ids of projects with a history. */
const PROJECT_ID = /^[0-9a-f]{40,64}$/;

/** A session that OpenCode has made. */
export interface SnapshotsOf {
  readonly version: string | null;
  readonly projectId: string | null;
  /** As OpenCode has it: without symbolic links. */
  readonly directory: string;
  /** OpenCode's data. */
  readonly dataDir: string;
}

/**
 * Makes the repository in which OpenCode keeps its snapshots of a workspace, as OpenCode does: it would start a dozen
 * git processes for that, one after the other, before it sends the first prompt to the model. What is there already stays.
 *
 * Never rejects: OpenCode makes what it does not find.
 */
export async function prepareSnapshots(session: SnapshotsOf): Promise<void> {
  const { version, projectId, directory, dataDir } = session;
  if (version === null || !KNOWN_VERSIONS.includes(version)) return;
  if (projectId === null || !PROJECT_ID.test(projectId)) return;
  const target = join(dataDir, "snapshot", projectId, sha1(directory));
  const unfinished = unfinishedName(target);
  try {
    const gitDir = gitDirOf(directory);
    if (gitDir === null || !isPlain(gitDir, directory) || existsSync(target)) return;
    write(unfinished, filesFor(directory, gitDir));
    const index = join(gitDir, "index");
    if (lstatSync(index).isFile()) await copyFile(index, join(unfinished, "index"));
    // Fails where OpenCode has begun with its own.
    await rename(unfinished, target);
  } catch {
    // Only the time is lost that it would have saved.
  } finally {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {});
  }
}

/** Whether the repository lies in `.git`, in the usual format and on a usual file system: others need other settings. */
function isPlain(gitDir: string, directory: string): boolean {
  if (gitDir !== join(directory, ".git") || commonDirOf(gitDir) !== gitDir) return false;
  const config = readText(join(gitDir, "config")) ?? "";
  const isSet = (name: string) => settingIn(config, name) !== null;
  return settingIn(config, "filemode") === "true" && !isSet("objectformat") && !isSet("refstorage");
}

/** What `git init` makes, OpenCode's settings, and the objects of the workspace's own repository. */
function filesFor(worktree: string, gitDir: string): Readonly<Record<string, string>> {
  const objects = join(gitDir, "objects");
  const borrowed = (readText(join(objects, "info", "alternates")) ?? "")
    .split("\n")
    .filter((path) => isAbsolute(path) && existsSync(path));
  return {
    HEAD: "ref: refs/heads/master\n",
    config: [
      "[core]",
      "\trepositoryformatversion = 0",
      "\tfilemode = true",
      "\tbare = false",
      "\tlogallrefupdates = true",
      `\tworktree = ${quoted(worktree)}`,
      "\tautocrlf = false",
      "\tlongpaths = true",
      "\tsymlinks = true",
      "\tfsmonitor = false",
      "\tuntrackedCache = true",
      "[feature]",
      "\tmanyFiles = true",
      "[index]",
      "\tversion = 4",
      "\tthreads = true",
      "",
    ].join("\n"),
    "info/exclude": "",
    "objects/info/alternates": [objects, ...borrowed, ""].join("\n"),
  };
}

/** A value in git's configuration. */
function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const name of ["objects/pack", "refs/heads", "refs/tags"]) {
    makeFolder(join(folder, name));
  }
  for (const [name, text] of Object.entries(files)) {
    makeFolder(dirname(join(folder, name)));
    writeFileSync(join(folder, name), text);
  }
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
