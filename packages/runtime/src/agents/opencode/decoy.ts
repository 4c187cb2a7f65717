import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeFolder } from "../../base/folder.ts";

/** The provider that only the decoy's own configuration names. */
export const DECOY_PROVIDER = "sandboot-warm-up";
export const DECOY_MODEL = "warm-up";

const FILES = {
  "opencode.json": (model: DecoyModelAddress) =>
    JSON.stringify({
      // Its snapshots would stay in the agent's data.
      snapshot: false,
      share: "disabled",
      enabled_providers: [DECOY_PROVIDER],
      provider: {
        [DECOY_PROVIDER]: {
          npm: "@ai-sdk/openai-compatible",
          name: "Warm-up",
          options: { baseURL: model.url, apiKey: model.key },
          models: { [DECOY_MODEL]: { name: "Warm-up" } },
        },
      },
    }),
  // The least that is a repository. A `.git` also ends the agent's search for configuration in the folders above.
  ".git/HEAD": () => "ref: refs/heads/main\n",
  ".git/config": () => "[core]\n\trepositoryformatversion = 0\n",
} as const;

export interface DecoyModelAddress {
  readonly url: string;
  readonly key: string;
}

/** Makes the folder anew: an empty repository, with a configuration that knows one provider, which is ours. */
export async function makeDecoy(folder: string, model: DecoyModelAddress): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const name of [".git/objects", ".git/refs/heads"]) {
    makeFolder(join(folder, name), 0o700);
  }
  for (const [name, content] of Object.entries(FILES)) {
    await writeFile(join(folder, name), content(model), { mode: 0o600 });
  }
}

/** What would make OpenCode read in a folder above. */
const FOUND_FROM_BELOW = [".git", ".opencode", "opencode.json", "opencode.jsonc"];

/**
 * Makes an empty folder that is in no repository and finds no configuration above; null when there is no place for one.
 * Disposing of it removes it.
 */
export async function makePlainFolder(): Promise<(AsyncDisposable & { path: string }) | null> {
  const place = [tmpdir(), "/tmp", "/var/tmp"].find((folder) => !finds(folder));
  if (place === undefined) return null;
  const path = await mkdtemp(join(place, "sandboot-warm-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function finds(folder: string): boolean {
  if (FOUND_FROM_BELOW.some((name) => existsSync(join(folder, name)))) return true;
  const above = dirname(folder);
  return above !== folder && finds(above);
}
