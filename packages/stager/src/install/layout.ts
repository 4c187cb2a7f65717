import { join } from "node:path";

/** What of ours lies in a target besides the installed entries: one folder, gone after an uninstall. */
export interface TargetLayout {
  readonly target: string;
  readonly root: string;
  /** What is installed: written last, so what it says is there. */
  readonly marker: string;
  /** What the marker will be when the change is done. */
  readonly nextMarker: string;
  /** A change that is decided and may be half done: whoever comes next finishes it. */
  readonly journal: string;
  /** A move from one file system to another of which only the removal is left. */
  readonly moving: string;
  /** Built beside, before the change is decided. */
  readonly fresh: string;
  /** Taken out of the way, until the change is done. */
  readonly old: string;
  /** User's files that a staged file replaced, by policy; they come back with an uninstall. */
  readonly replaced: string;
  /** For each installed folder, what we put into it: everything else in it is the user's. */
  readonly listings: string;
}

export function layoutOf(target: string): TargetLayout {
  // A plan may not stage to this name (plan/schema.ts).
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

/** All that lies in our folder between two installs. */
export function atRest({ marker, listings, replaced }: TargetLayout): readonly string[] {
  return [marker, listings, replaced];
}

/**
 * What lies there besides until an install is done. Anything else is not ours: a boot's state is in a folder of that
 * name, too.
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

/** Where a file is written before it is renamed into its place. */
export function unfinished(path: string): string {
  return `${path}.part`;
}
