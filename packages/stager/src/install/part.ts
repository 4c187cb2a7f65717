import { lutimesSync, mkdirSync, readlinkSync, symlinkSync } from "node:fs";
import { type CancelFlag, createCancelFlag } from "../cancel.ts";
import { StageUnusable } from "../manifest.ts";
import { type Capabilities, choose, probe } from "../strategies/choose.ts";
import { grantedMode } from "../strategies/copy.ts";
import { type Placed, type PlaceWork, placeFiles } from "../strategies/place-files.ts";
import type { StrategyName } from "../strategies/strategy.ts";
import { placeSymlink } from "../strategies/symlink.ts";
import { pathBelow } from "../tree/paths.ts";
import { type TreeFile, type TreeNode, walk } from "../tree/walk.ts";
import { statOf } from "./identity.ts";
import type { Wanted } from "./wanted.ts";

/** One entry, built in the work folder. Complete except for files that other threads still have to place. */
export interface Part {
  readonly strategy: StrategyName;
  readonly reason: string;
  readonly bytes: number;
  /** For a folder: everything in it, for its listing. */
  readonly nodes: readonly TreeNode[];
  /** Null when nothing is left to do. */
  readonly rest: { readonly work: PlaceWork; readonly files: readonly TreeFile[] } | null;
  readonly placed: Placed;
}

/** Fewer files than this are placed by this thread, because handing them to others would take longer. */
const WORTH_SHARING = 64;

const ALL_PLACED: Placed = { fellBack: 0, why: null };

export class PartBuilder {
  readonly #workDir: string;
  readonly #cancel: CancelFlag;
  readonly #capabilities = new Map<number, Capabilities>();
  #granted: number | undefined;

  /** @param workDir - The folder for parts, on the target's file system. */
  constructor(workDir: string, cancel: CancelFlag = createCancelFlag()) {
    this.#workDir = workDir;
    this.#cancel = cancel;
  }

  /**
   * @throws {@link StageUnusable} when an entry of a stage is not as its manifest says; errors of the file system.
   */
  build(wanted: Wanted & { readonly source: string }, fresh: string): Part {
    const { source, kind, isolation, bytes } = wanted;
    if (kind === "link" && isolation === "shared") {
      placeSymlink(source, fresh);
      const reason = "shared with the stage";
      return { strategy: "symlink", reason, bytes, nodes: [], rest: null, placed: ALL_PLACED };
    }
    if (wanted.type === "link") {
      symlinkSync(readlinkSync(source), fresh);
      const reason = "a link, copied";
      return { strategy: "copy", reason, bytes: 0, nodes: [], rest: null, placed: ALL_PLACED };
    }
    return this.#buildTree(wanted, fresh);
  }

  #buildTree(wanted: Wanted & { readonly source: string }, fresh: string): Part {
    const { source, kind, isolation } = wanted;
    const nodes = walk(source, this.#cancel);
    const files = nodes.filter((node) => node.type === "file");
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    checkWhole(wanted, files.length, bytes);
    makeFolders(nodes, fresh);
    const [sample] = files;
    const choice =
      kind === "copy" || sample === undefined
        ? { strategy: "copy" as const, reason: "small" }
        : choose(
            { isolation, keepsModes: wanted.mode === null },
            this.#probe(pathBelow(source, sample.path)),
          );
    const isShared = files.length >= WORTH_SHARING;
    const work: PlaceWork = {
      source,
      target: fresh,
      strategy: choice.strategy,
      ofStage: wanted.ofStage !== null,
      mode: wanted.mode,
      grantedMode: isShared ? this.#grantedMode() : 0,
    };
    const part = { ...choice, bytes, nodes: wanted.type === "folder" ? nodes : [] };
    if (isShared) {
      return { ...part, rest: { work, files }, placed: ALL_PLACED };
    }
    return { ...part, rest: null, placed: placeFiles(work, files, this.#cancel) };
  }

  /** Found out once, because all parts are made in one folder. */
  #grantedMode(): number {
    this.#granted ??= grantedMode(this.#workDir);
    return this.#granted;
  }

  /** Probed once per file system of the sources. The target is on one file system, the sources may be on several. */
  #probe(sample: string): Capabilities {
    const device = statOf(sample)?.dev ?? 0;
    const known = this.#capabilities.get(device) ?? probe(sample, this.#workDir);
    this.#capabilities.set(device, known);
    return known;
  }
}

/** Notices a stage that has lost a file since it was built. This costs nothing, because the tree has been read already. */
function checkWhole({ ofStage, source }: Wanted, files: number, bytes: number): void {
  if (ofStage === null || source === null) return;
  if (files === ofStage.files && bytes === ofStage.bytes) return;
  const say = (one: { files: number; bytes: number }) => `${one.files} files, ${one.bytes} bytes`;
  throw new StageUnusable(
    `it should have ${say(ofStage)}, but has ${say({ files, bytes })}`,
    source,
  );
}

/** Creates the folders and links of a tree. The times of folders are set later, after the files have been added. */
function makeFolders(nodes: readonly TreeNode[], fresh: string): void {
  for (const node of nodes) {
    const target = pathBelow(fresh, node.path);
    if (node.type === "folder") {
      mkdirSync(target, { mode: node.mode | 0o700 });
    } else if (node.type === "link") {
      symlinkSync(node.target, target);
      lutimesSync(target, node.mtimeMs / 1000, node.mtimeMs / 1000);
    }
  }
}
