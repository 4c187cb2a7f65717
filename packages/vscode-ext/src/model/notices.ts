import { kindOf, outputOf, presentOf, type RuntimeState } from "@sandboot/runtime/protocol";
import { scriptOf } from "./recovery-node.ts";
import { shortenPaths } from "./shorten.ts";
import type { Translate } from "./translate.ts";

export type NoticeAction =
  | { readonly id: "show-output"; readonly phase: string }
  | { readonly id: "show-log"; readonly process: string }
  | { readonly id: "restart"; readonly process: string }
  | { readonly id: "edit-script" }
  | { readonly id: "retry" }
  | { readonly id: "open-report" };

/** A problem that somebody must act on. */
export interface Notice {
  /** Identifies the problem, so that it is shown once. */
  readonly key: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly actions: readonly NoticeAction[];
}

/**
 * The problems in a state that somebody must act on. They come from the state and not from events, so that an editor
 * that was opened later shows them, too.
 */
export function noticesOf(state: RuntimeState, t: Translate): Notice[] {
  const notices: Notice[] = [];
  const { fatal, startedAt } = state;
  if (fatal !== null) {
    notices.push({
      key: [startedAt, "boot-failed", fatal.phase, ...retries(state)].join("/"),
      severity: "error",
      message: t("The sandbox did not boot: {0}", shortenPaths(fatal.failure.message)),
      actions: [
        ...recoveryActions(state),
        ...(outputOf(state, fatal.phase).length > 0
          ? [{ id: "show-output", phase: fatal.phase } as const]
          : []),
        { id: "open-report" },
      ],
    });
  }
  for (const phase of state.phases) {
    const isHook = kindOf(phase) === "hook";
    // A hook that ended the boot has its notice above.
    if (!isHook || phase.status !== "warned" || phase.failure === undefined) continue;
    notices.push({
      key: `${startedAt}/hook-failed/${phase.id}`,
      severity: "warning",
      message: t(
        "{0}. The boot continued without it.",
        withoutFullStop(shortenPaths(phase.failure.message)),
      ),
      actions: [{ id: "show-output", phase: phase.id }, { id: "open-report" }],
    });
  }
  for (const { id, status } of state.processes) {
    if (status.id !== "failed") continue;
    notices.push({
      key: `${startedAt}/process-failed/${id}/${status.sinceMs}`,
      severity: "error",
      message: t("{0} failed: {1}", id, shortenPaths(status.reason)),
      actions: [
        { id: "restart", process: id },
        { id: "show-log", process: id },
      ],
    });
  }
  return notices;
}

/** How often this boot was retried, so that each failure is shown. */
function retries({ attempts = [] }: RuntimeState): number[] {
  return attempts.length > 1 ? [attempts.length - 1] : [];
}

/** What mends a boot, as long as its sandbox stays for that. */
function recoveryActions(state: RuntimeState): NoticeAction[] {
  if (presentOf(state).id !== "recovering") return [];
  const edit: NoticeAction[] = scriptOf(state) === null ? [] : [{ id: "edit-script" }];
  return [...edit, { id: "retry" }];
}

export function actionTitle(action: NoticeAction, t: Translate): string {
  switch (action.id) {
    case "show-output":
      return t("Show Output");
    case "show-log":
      return t("Show Log");
    case "restart":
      return t("Restart");
    case "edit-script":
      return t("Edit Script");
    case "retry":
      return t("Retry");
    case "open-report":
      return t("Open Report");
    default:
      action satisfies never;
      return "";
  }
}

function withoutFullStop(text: string): string {
  return text.endsWith(".") ? text.slice(0, -1) : text;
}
