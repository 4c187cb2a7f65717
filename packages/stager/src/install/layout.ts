import { join } from "node:path";

/** Our own folder in a target, beside the installed entries. An uninstall removes it. */
export interface TargetLayout {
  readonly target: string;
  readonly root: string;
  /** The list of installed entries. Written last, so that every entry in it exists. */
  readonly marker: string;
  /** The next marker, until the change is done. */
  readonly nextMarker: string;
  /** A decided change that may be incomplete. The next installer completes it. */
  readonly journal: string;
  /** A move between file systems whose copy is complete. Only the removal of the original is left. */
  readonly moving: string;
  /** Entries that are built before the change is decided. */
  readonly fresh: string;
  /** Entries that have been moved away, until the change is done. */
  readonly old: string;
  /** The user's files that staged files replaced, by policy. An uninstall restores them. */
  readonly replaced: string;
  /** For each installed folder, the list of its files. Everything else in the folder belongs to the user. */
  readonly listings: string;
}

export function layoutOf(target: string): TargetLayout {
  // A plan must not use this name (plan/schema.ts).
  const root = join(target, ".sandboot");
  return {
    target,
    root,
    marker: join(root, "installed.json"),
    nextMarker: join(root, "installed.next.json"),
    journal: join(root, "journal.json"),
    moving: join(root, "moving.json"),
    fresh: join(root, "new"),
    old: join(root, "old"),
    replaced: join(root, "replaced"),
    listings: join(root, "listings"),
  };
}

/** The paths in our folder between two installs. */
export function atRest({ marker, listings, replaced }: TargetLayout): readonly string[] {
  return [marker, listings, replaced];
}

/**
 * The additional paths in our folder during an install. Any other file there is not the installer's: the state folder of a
 * boot has the same name.
 */
export function atWork({
  fresh,
  old,
  nextMarker,
  journal,
  moving,
}: TargetLayout): readonly string[] {
  return [fresh, old, nextMarker, journal, unfinished(journal), moving, unfinished(moving)];
}

/** The temporary path of a file that is written and then renamed. */
export function unfinished(path: string): string {
  return `${path}.part`;
}
