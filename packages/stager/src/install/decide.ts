import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { StrategyName } from "../strategies/strategy.ts";
import { makeFolder } from "../tree/make-folder.ts";
import { FOLDER, identityOf, isSame, leadsToFolder } from "./identity.ts";
import type { Journal, Operation } from "./journal.ts";
import type { ConflictPolicy } from "./keep-users.ts";
import type { TargetLayout } from "./layout.ts";
import { writeListing } from "./listing.ts";
import type { InstalledEntry, Marker } from "./marker.ts";
import type { Part, PartBuilder } from "./part.ts";
import type { InstallItem, ItemResult } from "./result.ts";
import type { Wanted } from "./wanted.ts";

const RESULTS: Readonly<Record<StrategyName, ItemResult>> = {
  symlink: "linked",
  reflink: "reflinked",
  hardlink: "hardlinked",
  copy: "copied",
};

export interface Decision {
  readonly journal: Journal;
  readonly items: readonly InstallItem[];
  /** Built beside, by the name of each under `new/`. */
  readonly parts: ReadonlyMap<string, Part>;
}

export interface Intent {
  readonly wanted: readonly Wanted[];
  /** Null when the files come from no stage. */
  readonly stageId: string | null;
  /** Everything else that makes an install another one. */
  readonly settings: string;
  readonly onConflict: ConflictPolicy;
  /** Whether the target was not there before: then it goes with the last of what is in it. */
  readonly madeTarget: boolean;
}

/** What one install is going to do, entry by entry. */
export class Decider {
  readonly #intent: Intent;
  readonly #layout: TargetLayout;
  readonly #before: Marker | null;
  readonly #builder: PartBuilder;
  readonly #ours: ReadonlyMap<string, InstalledEntry>;
  readonly #folders: ReadonlySet<string>;
  readonly #wantedPaths: ReadonlySet<string>;
  readonly #items: InstallItem[] = [];
  readonly #places: Operation[] = [];
  readonly #entries: InstalledEntry[] = [];
  readonly #parts = new Map<string, Part>();
  readonly #standing = new Map<string, string | null>();

  /** @param before - What is installed now. */
  constructor(intent: Intent, layout: TargetLayout, before: Marker | null, builder: PartBuilder) {
    this.#intent = intent;
    this.#layout = layout;
    this.#before = before;
    this.#builder = builder;
    this.#ours = new Map(before?.entries.map((entry) => [entry.path, entry]));
    this.#folders = new Set(before?.folders);
    this.#wantedPaths = new Set(intent.wanted.filter(isWanted).map(({ path }) => path));
  }

  add(wanted: Wanted): void {
    const { path, source, closedGate } = wanted;
    if (closedGate !== null) {
      this.#report(path, "gated", `the environment does not say ${closedGate}`);
      return;
    }
    if (source === null) {
      this.#report(path, "missing", "its source is not there");
      return;
    }
    const ours = this.#ours.get(path);
    const found = this.#standsAt(path);
    if (ours !== undefined && isSame(found, ours.identity) && this.#isCurrent(ours, source)) {
      const { strategy, bytes, result } = ours;
      this.#entries.push(ours);
      const reason = `${result} by an earlier boot`;
      this.#items.push({ path, result: "present", strategy, bytes, reason });
      return;
    }
    // A link that is just what we would put there is ours, though the note of it was lost.
    const makesRoom =
      found !== null && (isSame(found, ours?.identity) || found === `link ${source}`);
    const users = found !== null && !makesRoom;
    if (users && this.#intent.onConflict === "keep") {
      this.#report(path, "conflict", "somebody else's file stands there, and is kept");
      return;
    }
    const name = String(this.#parts.size);
    const part = this.#build(name, { ...wanted, source });
    const listing = ours?.listing ?? null;
    const replaces = makesRoom ? { identity: found, listing } : null;
    this.#places.push({ id: "place", path, part: name, replaces });
    const where = users ? "; what stood there is kept in .sandboot/replaced" : "";
    this.#items.push({
      path,
      result: RESULTS[part.strategy],
      strategy: part.strategy,
      bytes: part.bytes,
      reason: `${part.reason}${where}`,
    });
  }

  /** What is no longer wanted goes. */
  decide(): Decision {
    const removals = (this.#before?.entries ?? [])
      .filter(({ path }) => !this.#wantedPaths.has(path))
      .map(
        ({ path, identity, listing }, index): Operation => ({
          id: "remove",
          path,
          part: `r${index}`,
          replaces: { identity, listing },
        }),
      );
    const { stageId, settings, onConflict } = this.#intent;
    const folders = this.#foldersAbove();
    const entries = this.#entries;
    const marker: Marker | null =
      entries.length === 0 ? null : { version: 1, stageId, settings, entries, folders };
    const gone = [...this.#folders].filter((folder) => !folders.includes(folder));
    return {
      journal: {
        operations: [...removals, ...this.#places],
        marker,
        folders: deepestFirst(marker === null ? [...gone, ...folders] : gone),
        onConflict,
      },
      items: this.#items,
      parts: this.#parts,
    };
  }

  #report(path: string, result: ItemResult, reason: string): void {
    this.#items.push({ path, result, reason });
  }

  /** Whether what an earlier install put there is what this one would put there. */
  #isCurrent(ours: InstalledEntry, source: string): boolean {
    const { stageId, settings } = this.#intent;
    if (this.#before?.stageId !== stageId || this.#before.settings !== settings) return false;
    return stageId !== null || ours.identity === `link ${source}`;
  }

  #build(name: string, wanted: Wanted & { readonly source: string }): Part {
    const { path } = wanted;
    if (this.#parts.size === 0) makeFolder(this.#layout.fresh);
    const part = this.#builder.build(wanted, join(this.#layout.fresh, name));
    this.#parts.set(name, part);
    const { strategy, bytes, reason, nodes } = part;
    let listing: string | null = null;
    if (wanted.type === "folder" && strategy !== "symlink") {
      // Another name than any before: the former list is needed until the change is done.
      listing = `${Date.now().toString(36)}-${name}`;
      writeListing(join(this.#layout.listings, listing), nodes);
    }
    const result = RESULTS[strategy];
    this.#entries.push({ path, identity: "", result, bytes, strategy, reason, listing });
    return part;
  }

  /**
   * What will stand at a path when everything of ours that is no longer wanted is gone. A user's file where a folder of
   * ours should be stands in the way as much as one at the path itself.
   */
  #standsAt(path: string): string | null {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join("/");
      const above = this.#remainsAt(folder);
      if (above === null) return null;
      if (!this.#isFolder(folder, above)) return above;
    }
    return this.#remainsAt(path);
  }

  /** A link to a folder is as good: the user's choice. */
  #isFolder(path: string, identity: string): boolean {
    return identity === FOLDER || leadsToFolder(join(this.#layout.target, path));
  }

  #remainsAt(path: string): string | null {
    const known = this.#standing.get(path);
    if (known !== undefined) return known;
    let identity = identityOf(join(this.#layout.target, path));
    if (identity !== null && this.#goes(path, identity)) identity = null;
    this.#standing.set(path, identity);
    return identity;
  }

  /** Whether it is an entry that is removed, or an entry's place that only such entries are below. */
  #goes(path: string, identity: string): boolean {
    if (!this.#wantedPaths.has(path) && isSame(identity, this.#ours.get(path)?.identity))
      return true;
    if (identity !== FOLDER || !this.#wantedPaths.has(path) || !this.#folders.has(path)) {
      return false;
    }
    return this.#holdsOnlyOurs(path);
  }

  #holdsOnlyOurs(path: string): boolean {
    return readdirSync(join(this.#layout.target, path)).every((name) => {
      const below = `${path}/${name}`;
      const identity = identityOf(join(this.#layout.target, below));
      if (this.#ours.has(below)) return isSame(identity, this.#ours.get(below)?.identity);
      return this.#folders.has(below) && this.#holdsOnlyOurs(below);
    });
  }

  /** Folders above the entries (the target itself is `.`) that are not there yet, or that an earlier install of ours made. */
  #foldersAbove(): string[] {
    const folders = new Set<string>();
    if (this.#intent.madeTarget || this.#folders.has(".")) folders.add(".");
    for (const { path } of this.#entries) {
      const parts = path.split("/");
      // Below what is not there nothing is, whatever a link of ours that goes shows there now.
      let isThere = true;
      for (let depth = 1; depth < parts.length; depth++) {
        const folder = parts.slice(0, depth).join("/");
        const found: string | null = isThere ? this.#remainsAt(folder) : null;
        isThere = found !== null && this.#isFolder(folder, found);
        if (!isThere || this.#folders.has(folder)) folders.add(folder);
      }
    }
    return deepestFirst([...folders]);
  }
}

function isWanted({ source, closedGate }: Wanted): boolean {
  return source !== null && closedGate === null;
}

function deepestFirst(folders: readonly string[]): string[] {
  const depth = (folder: string) => (folder === "." ? 0 : folder.split("/").length);
  return [...new Set(folders)].sort((a, b) => depth(b) - depth(a) || (a < b ? -1 : 1));
}
