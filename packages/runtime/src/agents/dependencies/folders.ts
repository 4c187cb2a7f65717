import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { HeldFolder } from "@sandboot/stager/held-folder";

/** A config folder that was found, or why it is left alone. */
export type FoundFolder =
  | { readonly id: "found"; readonly folder: HeldFolder; readonly checkout: Checkout | null }
  | { readonly id: "absent" }
  | { readonly id: "refused"; readonly why: string };

/** The checkout that a config folder lies in. */
export interface Checkout {
  readonly top: string;
  /** The config folder, relative to `top`. */
  readonly path: string;
}

/**
 * Opens the config folder of a workspace. It may be a link to another folder of the same checkout. Nothing leads out of
 * it: what lies in a workspace does not say where we write.
 */
export function findConfigFolder(directory: string, name: string): FoundFolder {
  const path = join(directory, name);
  let [real, root] = ["", ""];
  try {
    [real, root] = [realpathSync(path), realpathSync(directory)];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { id: "absent" };
    if (code === "ELOOP") return { id: "refused", why: "is a link that leads back to itself" };
    throw error;
  }
  const top = topOf(root);
  const bounds = top ?? root;
  if (!isBelow(bounds, real))
    return { id: "refused", why: `is a link out of the workspace, to ${real}` };
  const opened = HeldFolder.open(real);
  if (opened.id === "absent") return { id: "absent" };
  if (opened.id === "not-a-folder") return { id: "refused", why: "is not a folder" };
  const { folder } = opened;
  // A link may have been put on the way to it meanwhile.
  if (!isBelow(bounds, folder.realPath)) {
    folder[Symbol.dispose]();
    return { id: "refused", why: "is being changed" };
  }
  return {
    id: "found",
    folder,
    checkout: top === null ? null : { top, path: relative(top, folder.realPath) },
  };
}

/** The nearest folder, from here up, that is the top of a checkout. */
function topOf(folder: string): string | null {
  if (existsSync(join(folder, ".git"))) return folder;
  const above = dirname(folder);
  return above === folder ? null : topOf(above);
}

export function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
