import { isAbsolute, resolve } from "node:path";
import type { Repository } from "./config.ts";
import type { ConfigFile } from "./schema.ts";

type RepositoryConfig = ConfigFile["repositories"][number];

/**
 * Resolves the repositories of the config or of a request to adopt: fills in defaults and makes paths absolute.
 *
 * @param options.base - The folder for relative URLs.
 * @param options.depth - Of a repository without one of its own; undefined: the whole history.
 */
export function resolveRepositories(
  written: readonly RepositoryConfig[],
  {
    workspace,
    base,
    depth,
  }: {
    readonly workspace: string;
    readonly base: string;
    readonly depth: number | undefined;
  },
): readonly Repository[] {
  return written.map((repository, index) => ({
    name: repository.name,
    url: localUrl(repository.url, base),
    branch: repository.branch ?? null,
    path: resolve(workspace, repository.path ?? repository.name),
    primary: index === 0,
    depth: repository.depth ?? depth ?? null,
    filter: repository.filter ?? null,
    submodules: repository.submodules,
    lfs: repository.lfs,
  }));
}

/** The folder where the agent works: the only repository; with several or none, the workspace. */
export function agentDirectoryOf(repositories: readonly Repository[], workspace: string): string {
  const [only, ...others] = repositories;
  return only !== undefined && others.length === 0 ? only.path : workspace;
}

/** Makes a local path such as `./origin.git` absolute. Leaves URLs and `host:path` to git. */
function localUrl(url: string, base: string): string {
  if (!/^\.{0,2}\//.test(url)) return url;
  return isAbsolute(url) ? url : resolve(base, url);
}
