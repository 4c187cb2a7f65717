import { posix } from "node:path";
import type { PhaseState, StageItem } from "@sandboot/runtime/protocol";

/** What a line of a tree leads to. */
export type Place =
  | { readonly id: "file"; readonly path: string }
  | { readonly id: "commit"; readonly folder: string; readonly sha: string };

type Phase = Pick<PhaseState, "id" | "detail" | "failure">;

/** Where a detail of a phase leads: the script of a hook, the commit that a sync reached, any other file or folder. */
export function placeOfDetail({ detail }: Phase, key: string): Place | null {
  const value = detail[key];
  const folder = detail["folder"];
  if (typeof value !== "string") return null;
  if (key === "sha")
    return typeof folder === "string" ? { id: "commit", folder, sha: value } : null;
  return posix.isAbsolute(value) ? { id: "file", path: value } : null;
}

/** Where a failure leads: to the script that failed. */
export function placeOfFailure({ failure }: Phase): Place | null {
  const script = failure?.detail?.["script"];
  return typeof script === "string" ? { id: "file", path: script } : null;
}

/** Where an item of the stage leads, if it was put there. */
export function placeOfItem({ detail }: Phase, { path, result }: StageItem): Place | null {
  const folder = detail["folder"];
  const isThere = result !== "gated" && result !== "missing";
  return isThere && typeof folder === "string"
    ? { id: "file", path: posix.join(folder, path) }
    : null;
}
