import { isAbsolute, resolve } from "node:path";
import type { Repository } from "./config.ts";
import type { ConfigFile } from "./schema.ts";

type RepositoryConfig = ConfigFile["repositories"][number];

/**
 * Repositories as they are written, in the config or in a request to adopt, with everything filled in.
 *
 * @param base - The folder that a relative URL is relative to.
 */
export function resolveRepositories(
  written: readonly RepositoryConfig[],
  workspace: string,
  base: string,
): readonly Repository[] {
  return written.map((repository, index) => ({
    name: repository.name,
    url: localUrl(repository.url, base),
    branch: repository.branch ?? null,
    path: resolve(workspace, repository.path ?? repository.name),
    primary: index === 0,
    depth: repository.depth ?? null,
    filter: repository.filter ?? null,
    submodules: repository.submodules,
    lfs: repository.lfs,
  }));
}

/** Where the agent works: the only repository, else the folder that holds them all, or none. */
export function agentDirectoryOf(repositories: readonly Repository[], workspace: string): string {
  const [only, ...others] = repositories;
  return only !== undefined && others.length === 0 ? only.path : workspace;
}

/** `./origin.git` is beside the config file; anything with a scheme or `host:path` is git's business. */
function localUrl(url: string, base: string): string {
  if (!/^\.{0,2}\//.test(url)) return url;
  return isAbsolute(url) ? url : resolve(base, url);
}
