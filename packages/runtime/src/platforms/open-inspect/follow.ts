import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RuntimeEvent } from "../../protocol/index.ts";
import type { FollowedBoot } from "../platform.ts";
import { agentsMd } from "./agents-md.ts";
import { BootFiles, type Step } from "./boot-files.ts";
import { manifestText } from "./manifest.ts";
import { filesOf } from "./names.ts";
import { type Identity, identityOf } from "./repositories.ts";
import { openInspectSession } from "./session.ts";

/** Which of our phases are a step of theirs. `agent.session` ends when prompts could be answered. */
const STEPS: Readonly<Record<string, Step["phase"]>> = {
  "workspace.sync": "sync",
  "hook.setup": "setup",
  "hook.start": "start",
  "agent.session": "harness",
};

/**
 * Writes what the rest of the system reads: the manifest of repositories before the first process and after each sync, the
 * instructions for several repositories before the agent reads the workspace, and the boot's steps and warnings as they come.
 */
export function follow(boot: FollowedBoot): Disposable {
  const { env, mode, repositories, warn } = boot;
  const paths = filesOf(env);
  const session = openInspectSession(env);
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
      writeFileSync(paths.manifest, manifestText(repositories, session, synced)),
    );
  let files: BootFiles | null = null;
  trying(paths.warnings, () => {
    files = new BootFiles(paths, session.connectsEarly && mode !== "build");
  });
  writeManifest();
  const unsubscribe = boot.subscribe((event) => {
    if (event.type === "phase.ended") noteCommit(event);
    if (event.type === "phase.started" && event.id === "agent.session") writeInstructions();
    if (files !== null) trying(paths.events, () => tell(event, files as BootFiles, identities));
  });
  return { [Symbol.dispose]: unsubscribe };

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
      writeFileSync(path, agentsMd(repositories, { workingBranch, withInstructions })),
    );
  }
}

function tell(
  event: RuntimeEvent,
  files: BootFiles,
  identities: ReadonlyMap<string, Identity>,
): void {
  if (
    event.type !== "phase.started" &&
    event.type !== "phase.ended" &&
    event.type !== "phase.warning"
  )
    return;
  const [kind = "", name = ""] = event.id.split(":");
  const phase = STEPS[kind];
  const repository = identities.get(name);
  if (event.type === "phase.warning") {
    files.warn({ scope: phase ?? kind, message: event.message, repository });
    return;
  }
  if (phase === undefined) return;
  if (event.type === "phase.started") {
    files.step({ phase, status: "started", repository });
    return;
  }
  const { status, startMs, endMs, failure } = event;
  // One that was cancelled has not ended; the boot's own end says why.
  if (status === "cancelled" || startMs === null) return;
  if (status === "failed") {
    const { message: detail = "", outputTail } = failure ?? {};
    files.step({ phase, status, repository, detail, ...(outputTail && { outputTail }) });
    return;
  }
  files.step({
    phase,
    status: "completed",
    repository,
    elapsedMs: Math.round(endMs - startMs),
    ...(status === "warned" && { warning: true }),
  });
}
