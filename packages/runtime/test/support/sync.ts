import { join } from "node:path";
import { expect } from "vitest";
import { Failed } from "../../src/base/failed.ts";
import type { PhaseWarning } from "../../src/base/warning.ts";
import type { Repository } from "../../src/config/config.ts";
import { NO_GRACE } from "../../src/process/grace.ts";
import { type SyncOptions, type SyncResult, syncRepository } from "../../src/workspace/git/sync.ts";
import { bareEnv } from "./bare-env.ts";
import { Origin } from "./git.ts";
import { scratchFolder } from "./scratch.ts";

/** A remote repository and a path for its checkout. */
export class SyncBench {
  readonly folder: string;
  readonly origin: Origin;
  readonly checkout: string;
  readonly warnings: PhaseWarning[] = [];
  readonly lines: string[] = [];

  private constructor(folder: string, origin: Origin) {
    this.folder = folder;
    this.origin = origin;
    this.checkout = join(folder, "workspace/demo");
  }

  static async create(): Promise<SyncBench> {
    const folder = await scratchFolder();
    return new SyncBench(folder, await Origin.create(folder, { "README.md": "# Demo\n" }));
  }

  /** Syncs the checkout as a boot does. */
  sync(
    repository: Partial<Repository> = {},
    options: Partial<SyncOptions> = {},
  ): Promise<SyncResult> {
    return syncRepository(
      {
        name: "demo",
        url: this.origin.path,
        branch: "main",
        path: this.checkout,
        primary: true,
        depth: null,
        filter: null,
        submodules: false,
        lfs: false,
        ...repository,
      },
      {
        mode: "repo_image",
        stepMs: 60_000,
        signal: new AbortController().signal,
        grace: NO_GRACE,
        warn: (warning) => this.warnings.push(warning),
        onLine: (_, line) => this.lines.push(line),
        ...options,
        env: { ...this.env, ...options.env },
      },
    );
  }

  /** An environment in which git reads no configuration of this machine. */
  get env(): Record<string, string> {
    return {
      ...bareEnv(),
      HOME: join(this.folder, "home"),
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Test",
      GIT_AUTHOR_EMAIL: "test@example.org",
      GIT_COMMITTER_NAME: "Test",
      GIT_COMMITTER_EMAIL: "test@example.org",
    };
  }
}

/** The failure of a sync that must fail. */
export async function failureOf(sync: Promise<unknown>) {
  const error = await sync.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failed);
  const { failure, fatal } = error as Failed;
  return { ...failure, fatal };
}
