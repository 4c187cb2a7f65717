import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readText, replaceFileSync } from "../../base/text-file.ts";
import type { RuntimeEvent } from "../../protocol/index.ts";
import type { FollowedBoot, Follower } from "../platform.ts";
import { agentsMd } from "./agents-md.ts";
import { BootFiles } from "./boot-files.ts";
import { fatalReport } from "./fatal-report.ts";
import { laterOf } from "./later.ts";
import { manifestText } from "./manifest.ts";
import { filesOf } from "./names.ts";
import { installPrograms } from "./programs.ts";
import { type Identity, identityOf } from "./repositories.ts";
import { openInspectSession } from "./session.ts";
import { kindOf, repositoryIn, stepOf } from "./steps.ts";

/**
 * Writes what the rest of the system reads: the manifest of repositories before the first process and after each sync, the
 * instructions for several repositories before the agent reads the workspace, and the boot's steps and warnings as they come.
 */
export function follow(boot: FollowedBoot): Follower {
  const { env, mode, repositories, redact, warn } = boot;
  const paths = filesOf(env);
  const session = openInspectSession(env);
  const { sessionId } = session;
  const later = laterOf(env);
  const synced = new Map<string, { branch: string | null; sha: string }>();
  const identities = new Map(repositories.map((each) => [each.name, identityOf(each)]));

  const trying = (path: string, write: () => void) => {
    try {
      write();
    } catch (error) {
      warn(path, error);
    }
  };
  const writeManifest = () =>
    trying(paths.manifest, () =>
      replaceFileSync(paths.manifest, manifestText(repositories, session, synced)),
    );
  trying(paths.bridgeError, () => rmSync(paths.bridgeError, { recursive: true, force: true }));
  let files: BootFiles | null = null;
  trying(paths.warnings, () => {
    files = new BootFiles(paths, later.has("boot-events") && mode !== "build");
  });
  writeManifest();
  installPrograms(boot);
  /** The number of the line that told of a phase's failure. */
  let failure: { readonly id: string; readonly seq: number | null } | null = null;
  const unsubscribe = boot.subscribe((event) => {
    if (event.type === "phase.ended") noteCommit(event);
    if (event.type === "phase.started" && event.id === "agent.session") writeInstructions();
    if (files === null) return;
    const to = files;
    trying(paths.events, () => {
      const seq = tell(event, to, identities);
      if (event.type === "phase.ended" && event.status === "failed")
        failure = { id: event.id, seq };
    });
  });
  return {
    fatalReport:
      later.has("session-error") && sessionId !== null
        ? ({ phase, failure: cause }) => {
            const repository = identities.get(repositoryIn(phase));
            const seq = failure?.id === phase ? failure.seq : null;
            const said = phase === "bridge" ? bridgeErrorIn(paths.bridgeError) : null;
            const bridgeError = said === null ? null : redact(said);
            const failed = { phase, failure: cause, seq, repository, bridgeError };
            return fatalReport(failed, { sessionId, env });
          }
        : null,
    [Symbol.dispose]: unsubscribe,
  };

  /** A snapshot's session has begun at another commit than the one that is checked out now. */
  function noteCommit({ id, detail }: Extract<RuntimeEvent, { type: "phase.ended" }>): void {
    const name = id.replace(/^workspace\.sync:/, "");
    const { branch, sha } = detail;
    if (name === id || typeof sha !== "string" || mode === "snapshot_restore") return;
    synced.set(name, { branch: typeof branch === "string" ? branch : null, sha });
    writeManifest();
  }

  function writeInstructions(): void {
    if (repositories.length < 2) return;
    const path = join(boot.workspace, "AGENTS.md");
    const documented = repositories.filter((each) => existsSync(join(each.path, "AGENTS.md")));
    const withInstructions = new Set(documented.map(({ name }) => name));
    const { workingBranch } = session;
    trying(path, () =>
      replaceFileSync(path, agentsMd(repositories, { workingBranch, withInstructions })),
    );
  }
}

/** Null when the bridge has written nothing, or nothing that can be read. */
function bridgeErrorIn(path: string): string | null {
  try {
    return readText(path)?.trim() || null;
  } catch {
    return null;
  }
}

/** @returns the number of the line; null when there is none. */
function tell(
  event: RuntimeEvent,
  files: BootFiles,
  identities: ReadonlyMap<string, Identity>,
): number | null {
  if (
    event.type !== "phase.started" &&
    event.type !== "phase.ended" &&
    event.type !== "phase.warning"
  )
    return null;
  const phase = stepOf(event.id);
  const repository = identities.get(repositoryIn(event.id));
  if (event.type === "phase.warning") {
    files.warn({ scope: phase ?? kindOf(event.id), message: event.message, repository });
    return null;
  }
  if (phase === undefined) return null;
  if (event.type === "phase.started") return files.step({ phase, status: "started", repository });
  const { status, startMs, endMs, failure } = event;
  // One that was cancelled has not ended; the boot's own end says why.
  if (status === "cancelled" || startMs === null) return null;
  if (status === "failed") {
    const { message: detail = "", outputTail } = failure ?? {};
    return files.step({ phase, status, repository, detail, ...(outputTail && { outputTail }) });
  }
  return files.step({
    phase,
    status: "completed",
    repository,
    elapsedMs: Math.round(endMs - startMs),
    ...(status === "warned" && { warning: true }),
  });
}
