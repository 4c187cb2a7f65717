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
  /** The parts that have been built, by their names under `new/`. */
  readonly parts: ReadonlyMap<string, Part>;
}

export interface Intent {
  readonly wanted: readonly Wanted[];
  /** Null when the files come from no stage. */
  readonly stageId: string | null;
  /** Everything else that decides whether an install is the same as an earlier one. */
  readonly settings: string;
  readonly onConflict: ConflictPolicy;
  /** Whether the install creates the target. Then an uninstall removes it when it is empty. */
  readonly madeTarget: boolean;
}

/** Decides what one install does, entry by entry. */
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

  /** @param before - The present install. */
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
    // A link that is exactly what we would install is ours, even if the marker that says so was lost.
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

  /** Removes entries that are no longer wanted. @returns the whole decision. */
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

  /** Whether an earlier install put the same thing there. */
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
      // A new name, because the old listing is needed until the change is done.
      listing = `${Date.now().toString(36)}-${name}`;
      writeListing(join(this.#layout.listings, listing), nodes);
    }
    const result = RESULTS[strategy];
    this.#entries.push({ path, identity: "", result, bytes, strategy, reason, listing });
    return part;
  }

  /**
   * What will be at a path when our entries that are no longer wanted have been removed. A user's file at the place of one of
   * our folders above the path is in the way, too.
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

  /** Whether a path is a folder, or a link to one, which the user may have made. */
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

  /** Whether a path will be removed: it is an entry to remove, or has only such entries below it. */
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

  /** The folders above the entries that do not exist yet, or that an earlier install made. The target itself is `.`. */
  #foldersAbove(): string[] {
    const folders = new Set<string>();
    if (this.#intent.madeTarget || this.#folders.has(".")) folders.add(".");
    for (const { path } of this.#entries) {
      const parts = path.split("/");
      // Nothing exists below a missing folder, even if one of our links, which will be removed, now shows something there.
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
