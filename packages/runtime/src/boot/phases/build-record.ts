import { dirname } from "node:path";
import { makeFolder } from "../../base/folder.ts";
import { replaceFile } from "../../base/text-file.ts";
import type { Config } from "../../config/config.ts";
import type { BuildRecord } from "../../protocol/index.ts";
import { SCHEMA_VERSION } from "../../protocol/version.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "clock">;

/** Writes which commits an image holds, when all its repositories are set up. */
export function buildRecord({
  buildRecord: path,
  repositories,
}: Config): BootPhase<"build.record"> {
  return {
    plan: {
      id: "build.record",
      title: "Write what was built",
      needs: repositories.map(({ name }) => `hook.setup:${name}`),
      where: "main",
      required: true,
      timeoutMs: FILE_WORK_MS,
    },
    run: async ({ clock }: Parts, { output, detail }) => {
      const { remoteAccess } = await import("../../workspace/git/repositories.ts");
      const record: BuildRecord = {
        schemaVersion: SCHEMA_VERSION,
        builtAt: clock.isoNow(),
        repositories: repositories.map((repository) => {
          const { branch, sha } = output(`workspace.sync:${repository.name}`);
          const { url } = remoteAccess(repository.url);
          return { name: repository.name, url, branch, sha, path: repository.path };
        }),
      };
      makeFolder(dirname(path));
      await replaceFile(path, `${JSON.stringify(record, null, 2)}\n`);
      detail({ path, shas: record.repositories.map(({ sha }) => sha) });
      return record;
    },
  };
}
