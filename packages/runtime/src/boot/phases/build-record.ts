import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { BuildRecord } from "../../protocol/index.ts";
import { SCHEMA_VERSION } from "../../protocol/version.ts";
import { remoteAccess } from "../../workspace/git/credentials.ts";
import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** Writes which commits an image holds, when all of its repositories are set up: what a build is done for. */
export function buildRecord(boot: Boot): BootPhase {
  const { buildRecord: path, repositories } = boot.config;
  return {
    id: "build.record",
    title: "Write what was built",
    needs: repositories.map(({ name }) => `hook.setup:${name}`),
    where: "main",
    required: true,
    run: async ({ output, detail }) => {
      const record: BuildRecord = {
        schemaVersion: SCHEMA_VERSION,
        builtAt: boot.clock.isoNow(),
        repositories: repositories.map((repository) => {
          const { branch, sha } = output(`workspace.sync:${repository.name}`);
          const { url } = remoteAccess(repository.url);
          return { name: repository.name, url, branch, sha, path: repository.path };
        }),
      };
      await mkdir(dirname(path), { recursive: true });
      // Whoever reads it finds a whole one or none.
      await writeFile(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`);
      await rename(`${path}.new`, path);
      detail({ path, shas: record.repositories.map(({ sha }) => sha) });
      return record;
    },
  };
}
