import { join } from "node:path";
import { type Files, git, Origin } from "./git.ts";
import { scratchFolder } from "./scratch.ts";

export const CHECKOUT_KINDS = [
  "clone",
  "linked worktree",
  "worktree of a bare repository",
  "submodule",
] as const;
export type CheckoutKind = (typeof CHECKOUT_KINDS)[number];

/** A checkout as git itself makes one, and what git says of its folders. */
export async function checkoutOf(kind: CheckoutKind, files: Files = { "README.md": "# Demo\n" }) {
  const folder = await scratchFolder();
  const origin = await Origin.create(folder, files);
  const clone = join(folder, "clone");
  const checkout = await make();
  const dir = (which: string) => git(checkout, "rev-parse", "--path-format=absolute", which);
  return {
    folder,
    checkout,
    gitDir: await dir("--git-dir"),
    commonDir: await dir("--git-common-dir"),
  };

  async function make(): Promise<string> {
    switch (kind) {
      case "clone":
        await origin.clone(clone);
        return clone;
      case "linked worktree": {
        await origin.clone(clone);
        const linked = join(folder, "linked");
        await git(clone, "worktree", "add", "--quiet", "--detach", linked);
        return linked;
      }
      case "worktree of a bare repository": {
        const linked = join(folder, "linked");
        await git(origin.path, "worktree", "add", "--quiet", "--detach", linked);
        return linked;
      }
      case "submodule": {
        const outer = await Origin.create(join(folder, "outer"), { "README.md": "# Outer\n" });
        await outer.addSubmodule("main", origin.path, "inner");
        await outer.clone(clone);
        const allowed = ["-c", "protocol.file.allow=always"];
        await git(clone, ...allowed, "submodule", "--quiet", "update", "--init");
        return join(clone, "inner");
      }
      default:
        return kind satisfies never;
    }
  }
}
