import { join, resolve } from "node:path";
import type { HeldFolder } from "@sandboot/stager/held-folder";
import { hideFromGit } from "../../workspace/git/exclude.ts";
import type { LinkedPackages, MissingPackage } from "../driver.ts";
import { allWanted, type Declared, isInStep, PLUGIN_PACKAGE } from "./declared.ts";
import { type Checkout, isBelow } from "./folders.ts";
import { isOurLock, PackageLinks } from "./link.ts";
import type { PackageTree } from "./package-tree.ts";

/** Trees that a config folder is linked to. */
export interface Provided {
  readonly agent: PackageTree;
  /** Whether `agent` has all of the stage's packages, or all that the folder will need, and not only the session. */
  readonly agentSuffices: boolean;
  readonly extra: PackageTree | null;
  readonly missing: readonly MissingPackage[];
}

export interface LinkParts {
  readonly folder: HeldFolder;
  readonly checkout: Checkout | null;
  readonly declared: Declared;
  readonly provided: Provided;
  /** OpenCode is left to install what the folder declares and lacks. */
  readonly mayInstall: boolean;
}

/** Links a config folder to what was provided for it, out of git's sight. */
export function linkProvided(path: string, parts: LinkParts): LinkedPackages {
  const { folder, checkout, declared, provided, mayInstall } = parts;
  const { lock } = declared;
  const hasOwnLock = lock.id === "present" && !isOurLock(lock.lock.name);
  const { packages, missing } = packagesFor(parts);
  const links = new PackageLinks(folder, {
    packages,
    required: new Set(declared.names),
    lock: hasOwnLock ? null : rootOf(declared),
    offline: hasOwnLock && !isInStep(declared) && !mayInstall,
  });
  if (checkout !== null) {
    const names = links.names().map((name) => join(checkout.path, name));
    const hidden = hideFromGit(checkout.top, names, "sandboot: packages of the agent, linked");
    if (hidden.id === "refused") {
      return untouched(path, `git would show the links: ${hidden.path} ${hidden.why}`);
    }
  }
  const changed = links.make();
  return {
    path,
    result: changed ? "linked" : "present",
    reason: changed ? "spares OpenCode an npm install" : "linked by an earlier boot",
    missing: [...provided.missing, ...missing],
    agentInstalls: false,
  };
}

/** Later ones win: the agent's hoisted packages, what was installed, folders of the repository, the agent's own package. */
function packagesFor({ folder, checkout, declared, provided }: LinkParts) {
  const { agent, extra } = provided;
  const packages = new Map([...agent.packages, ...(extra?.packages ?? [])]);
  const missing: MissingPackage[] = [];
  for (const [name, spec] of Object.entries(declared.folders)) {
    const target = resolve(folder.realPath, spec.replace(/^(?:file|link):/, ""));
    if (isBelow(checkout?.top ?? folder.realPath, target)) packages.set(name, target);
    else missing.push({ name, spec, why: "leads out of the repository" });
  }
  const plugin = agent.packages.get(PLUGIN_PACKAGE);
  if (plugin !== undefined) packages.set(PLUGIN_PACKAGE, plugin);
  return { packages, missing };
}

/** What our lockfile names: all that OpenCode looks for. */
function rootOf({ names, wanted, folders, foreign }: Declared): Record<string, string> {
  const specs = { ...Object.fromEntries(allWanted(wanted)), ...folders, ...foreign };
  return Object.fromEntries(names.map((name) => [name, specs[name] ?? "*"]));
}

export function plain(
  path: string,
  result: LinkedPackages["result"],
  reason: string,
): LinkedPackages {
  return { path, result, reason, missing: [], agentInstalls: false };
}

/** Left alone for a reason that somebody should hear of: OpenCode will install by itself. */
export function untouched(path: string, reason: string): LinkedPackages {
  return { path, result: "kept", reason, missing: [], agentInstalls: true };
}
