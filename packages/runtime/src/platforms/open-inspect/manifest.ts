import type { PlatformRepository } from "../platform.ts";
import { identityOf } from "./repositories.ts";
import type { OpenInspectSession } from "./session.ts";

/** What a sync has found, by the repository's name. */
export type Synced = ReadonlyMap<string, { readonly branch: string | null; readonly sha: string }>;

/** The branch of a repository whose branch nobody has named. */
const BRANCH = "main";

/**
 * The text of the manifest. The bridge does not connect without it; pushes and pull requests find the checkouts by it. A
 * repository without a given base is compared with the commit that it was synced to, except in a snapshot, whose session
 * has begun long ago.
 */
export function manifestText(
  repositories: readonly PlatformRepository[],
  { baseShas }: OpenInspectSession,
  synced: Synced,
): string {
  const entries = repositories.map((repository) => {
    const { owner, name } = identityOf(repository);
    const given = baseShas.get(`${owner}/${name}`.toLowerCase());
    const ofTheOnly = repositories.length === 1 ? baseShas.get("") : undefined;
    const found = synced.get(repository.name);
    const baseSha = given ?? ofTheOnly ?? found?.sha;
    return {
      owner,
      name,
      branch: repository.branch ?? found?.branch ?? BRANCH,
      path: repository.path,
      ...(baseSha !== undefined && { baseSha }),
    };
  });
  return JSON.stringify({ repositories: entries });
}
