export type ItemResult =
  | "linked"
  | "copied"
  | "reflinked"
  | "hardlinked"
  | "present"
  | "gated"
  | "conflict"
  | "missing";

/** What an install did with one entry. */
export interface InstallItem {
  readonly path: string;
  readonly result: ItemResult;
  readonly bytes?: number;
  readonly reason?: string;
}
