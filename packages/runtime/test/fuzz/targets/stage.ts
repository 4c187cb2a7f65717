import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readStageContents, StageUnusable } from "@sandboot/stager";
import { recover } from "../../../../stager/src/install/journal.ts";
import { layoutOf } from "../../../../stager/src/install/layout.ts";
import { nearly } from "../nearly.ts";
import { type FuzzTarget, onlyForeseen, stateless } from "../target.ts";

const SHA = "0".repeat(64);
const ENTRY = {
  path: "config/opencode.json",
  kind: "link",
  isolation: "shared",
  type: "file",
  mode: null,
  bytes: 2,
  files: 1,
  sha256: SHA,
};
const MANIFEST = {
  formatVersion: 1,
  id: SHA,
  stagerVersion: "0.1.0",
  agentVersion: "1.2.3",
  entries: [ENTRY],
};
const FILES = [
  { path: "config", type: "folder" },
  { path: "config/opencode.json", type: "file", mode: 0o644, bytes: 2, sha256: SHA },
  { path: "config/link", type: "link", target: "opencode.json" },
];

/** `stage.json` and `files.json`, one line each. */
export const stageFiles: FuzzTarget = {
  name: "stage",
  input: nearly(`${JSON.stringify(MANIFEST)}\n${JSON.stringify(FILES)}`),
  open: async (folder) =>
    stateless(async (input) => {
      const [manifest = "", ...files] = input.split("\n");
      await writeFile(join(folder, "stage.json"), manifest);
      await writeFile(join(folder, "files.json"), files.join("\n"));
      await onlyForeseen(
        () => readStageContents(folder),
        (error) => error instanceof StageUnusable,
      );
    }),
};

const JOURNAL = JSON.stringify({
  operations: [
    { id: "remove", path: "old.txt", part: "1", replaces: { identity: "1:2:3", listing: null } },
    { id: "place", path: "a/new.txt", part: "0", replaces: null },
  ],
  marker: { formatVersion: 1, stageId: SHA, entries: [] },
  folders: ["a"],
  onConflict: "keep",
});

/** Above the target. A path in the journal with `..` in it, which only a fault of ours writes, does not leave them. */
const DEEP = Array.from({ length: 24 }, (_, at) => `d${at}`).join("/");

/** The journal of an install that was killed. Whatever it holds, the user's files stay. */
export const journal: FuzzTarget = {
  name: "journal",
  input: nearly(JOURNAL),
  open: async (folder) => {
    const target = join(folder, DEEP, "target");
    const layout = layoutOf(target);
    return stateless(async (input) => {
      await rm(target, { recursive: true, force: true });
      await mkdir(join(layout.fresh), { recursive: true });
      await mkdir(join(target, "mine"));
      await writeFile(join(target, "mine/notes.txt"), "mine");
      await writeFile(join(layout.fresh, "0"), "new");
      await writeFile(layout.journal, input);
      await onlyForeseen(
        () => recover(layout),
        // Nothing else is documented of a journal: it is written whole, and by us.
        (error) => error instanceof Error,
      );
      const left = await readdir(target);
      if (!left.includes("mine")) throw new Error(`the user's folder is gone; left: ${left}`);
    });
  },
};
