import { authenticationHint, withoutStop } from "./authentication-text.ts";
import { type FailureText, failureTexts } from "./failure-text.ts";
import { namesText } from "./process-text.ts";
import { seconds } from "./seconds.ts";
import { causeText } from "./system-error-text.ts";
import type {
  PhaseWarning,
  RuntimeWarning,
  WarningCode,
  WarningData,
  WhyFullCatalogue,
} from "./warning.ts";

/** A text for each code. `npm run typecheck` finds a code without one. */
export type WarningTexts = {
  readonly [Code in WarningCode]: (data: Readonly<WarningData[Code]>) => FailureText;
};

/** The words for every warning of the runtime. This is the file to edit them in. */
export const warningTexts: WarningTexts = {
  "stage-replaced": ({ path, reason }) => ({
    message: `the stage cannot be used: ${path}: ${reason}; the legacy sources are copied instead`,
  }),
  "half-clone-removed": ({ checkout }) => ({
    message: `a clone into ${checkout} had been killed, and its remains are removed`,
  }),
  "stale-lock-removed": ({ lock }) => ({
    message: `${lock} is removed: no git works there, so it was left by a git that was killed`,
  }),
  "checkout-repaired": ({ checkout, stashed, ref }) => ({
    message: `the last checkout in ${checkout} was cut off and is whole again`,
    ...((stashed || ref !== null) && {
      hint: `what differed is kept: ${[
        ...(stashed ? ["`git stash list` shows it"] : []),
        ...(ref === null ? [] : [`untracked files are in ${ref}`]),
      ].join("; ")}`,
    }),
  }),
  "commits-unpushed": ({ checkout, branch }) => ({
    message: `${checkout}: branch ${branch} has commits that the remote does not have; they stay, because the remote has nothing new`,
  }),
  "commits-kept": ({ checkout, branch, ref }) => ({
    message: `${checkout}: ${branch === null ? "the detached HEAD" : `branch ${branch}`} had commits that the remote does not have; they are kept as ${ref}`,
    hint: `git merge ${ref} brings them back`,
  }),
  "ref-gave-way": ({ checkout, ref, to, kept }) => ({
    message: `${checkout}: ${ref} gave way to ${to}, because both names cannot exist; its commits are kept as ${kept}`,
  }),
  "setting-removed": ({ checkout, key }) => ({
    message: `${checkout}: ${key} is removed from the repository's own configuration, because git would run the program that it names while it has the credentials`,
    hint: "set it in the user's configuration if it is wanted",
  }),
  "index-repaired": ({ checkout, aside }) => ({
    message: `${checkout}: git's index was damaged and is made again from HEAD; the damaged file is ${aside}`,
  }),
  "ref-repaired": ({ checkout, ref, sha }) => ({
    message:
      sha === null
        ? `${checkout}: the file of ${ref} was damaged and is removed`
        : `${checkout}: the file of ${ref} was damaged; it is set to ${sha}, which its log has last`,
  }),
  "config-overridden": ({ path, winner, loser }) => ({
    message: `${path}: ${winner} comes after ${loser}, so its file is used`,
  }),
  "config-left-out": ({ path, source, reason }) => ({
    message: `${path} of ${source} is left out: ${reason}`,
  }),
  "skill-left-out": ({ name, path }) => ({
    message: `the skill ${name} is left out, because ${path} has its name`,
  }),
  "agent-outdated": ({ agent, paths }) => ({
    message: `${agent} is started again, because the hooks changed what it had read at its start: ${paths.join(", ")}`,
  }),
  "agent-needs-authentication": (need) => ({
    message: `${need.agent} has no session yet: ${withoutStop(need.message)}`,
    hint: authenticationHint(need),
  }),
  "packages-missing": ({ folder, packages }) => ({
    message: `${folder} declares packages that could not be had: ${packages
      .map(({ name, spec, why }) => `${name}@${spec} (${why})`)
      .join(", ")}`,
    hint: "what imports them does not load; check the registry that this user's npm is configured for (a repository's own .npmrc is not used), or build an image with mode build",
  }),
  "checkouts-not-trusted": ({ path, cause }) => ({
    message: `git may refuse checkouts of another owner to hooks and agent, because ${path} is not written: ${causeText(cause)}`,
  }),
  "packages-not-linked": ({ folder, reason }) => ({
    message: `${folder} ${reason}, so no packages are linked into it and the agent may install them by itself`,
  }),
  "full-catalogue": ({ agent, why }) => ({
    message: `${agent} works with its full catalogue of models, so the first prompt takes some seconds longer: ${fullCatalogueText(why)}`,
    ...(why.id === "asked-for" && {
      hint: `add "${why.provider}" to agent.providers in the stage's plan, or to disabled_providers in agent.config`,
    }),
    ...(why.id === "other-version" && {
      hint: "build the stage again with this version of the agent",
    }),
  }),
  "extension-missing": ({ extension, cause }) => ({
    message: `code-server runs without the extension ${extension}: ${causeText(cause)}`,
  }),
  "extension-list-unreadable": ({ path }) => ({
    message: `${path} is not a list of extensions, and is left as it is`,
  }),
  "settings-unreadable": ({ path }) => ({
    message: `${path} is not JSON with comments, and is left as it is`,
  }),

  "sandbox-unnamed": () => ({
    message: "the control plane gets no messages, because this sandbox has no name",
    hint: "set SANDBOX_ID (or sandboxId) to the name that the control plane uses",
  }),
  "nothing-configured": ({ folder }) => ({
    message: `this sandbox is empty: there is no sandboot.jsonc in ${folder}, and no variable names a repository`,
    hint: "name a config file with --config or SANDBOOT_CONFIG, or a repository with REPO_OWNER and REPO_NAME",
  }),
  "pid-1": () => ({
    message:
      "sandboot is PID 1, so processes that hooks and tools leave behind become zombies: Node does not wait for them",
    hint: 'run an init as PID 1: ENTRYPOINT ["tini", "--", "sandboot", …], or docker run --init',
  }),
  "events-lost": ({ path, events }) => ({
    message: `${path} is not complete: the disk was too slow for ${events} events`,
  }),
  "leftovers-ended": ({ runtimePid, processes }) => ({
    message: `the runtime before (pid ${runtimePid}) was killed and had left ${namesText(processes)}; they were ended`,
  }),
  "processes-left": ({ processes }) => ({
    message: `still running, because they could not be ended: ${namesText(processes)}`,
    hint: "they are another user's, or the kernel waits for a device or a file system",
  }),
  "output-not-logged": ({ path }) => ({
    message: `${path} has no more lines of output: they take half of it. All other events are written`,
  }),
  "events-not-written": ({ path, cause }) => ({
    message: `${path} is not complete: ${causeText(cause)}`,
  }),
  "low-priority-kept": ({ cause }) => ({
    message: `the sidecars keep their low priority: ${causeText(cause)}`,
  }),
  "control-plane-unreachable": () => ({
    message: "the control plane cannot be reached; messages for it are kept and sent later",
  }),
  "control-plane-refused": ({ kind, status, reason }) => ({
    message: `the control plane refused a message (${kind}) with ${status}: ${reason}`,
  }),
  "report-not-sent": ({ cause }) => ({
    message: `the control plane gets no report of this boot: ${causeText(cause)}`,
  }),
  "outbox-unusable": ({ path, cause }) => ({
    message: `${path} cannot be written, so messages are kept in memory: ${causeText(cause)}`,
  }),
  "build-failure-not-told": ({ cause }) => ({
    message: `nobody could be told that the build has failed: ${causeText(cause)}`,
  }),
  "platform-file-not-written": ({ path, cause }) => ({
    message: `${path} could not be written, by which the platform hears of this sandbox: ${causeText(cause)}`,
  }),
  "credential-missing": (data) => failureTexts["no-credential"](data),
  "credentials-not-set-up": ({ path, cause }) => ({
    message: `git and gh in the sandbox find no credentials, because ${path} could not be written: ${causeText(cause)}`,
  }),
  "outbox-full": ({ maxMessages }) => ({
    message: `more than ${maxMessages} messages wait for the control plane: the oldest changes of state are dropped`,
  }),
  "trace-not-sent": (data) => {
    switch (data.problem) {
      case "protocol":
        return {
          message: `the trace was not sent: there is no OTLP over ${data.protocol}`,
          hint: "set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json",
        };
      case "no-answer":
        return {
          message: `the trace was not sent: the receiver did not answer within ${seconds(data.timeoutMs)}`,
        };
      case "failed":
        return { message: `the trace was not sent: ${causeText(data.cause)}` };
      default:
        return data satisfies never;
    }
  },
  "binding-refused": ({ path, cause }) => ({
    message: `the seed was not bound by ${path}: ${causeText(cause)}`,
  }),
  "boot-not-recorded": ({ cause }) => ({
    message: `this boot is not in the history: ${causeText(cause)}`,
  }),
  "report-outdated": ({ path, cause }) => ({
    message: `${path} is not up to date: ${causeText(cause)}`,
  }),
};

/** The words for one warning. */
export function warningText(value: PhaseWarning | RuntimeWarning): FailureText {
  // A value has the data of its own code.
  const render: (data: never) => FailureText = warningTexts[value.code];
  return render(value as never);
}

/** Why the agent works with its own full catalogue of models. */
export function fullCatalogueText(why: WhyFullCatalogue): string {
  switch (why.id) {
    case "not-staged":
      return "the stage has no catalogue";
    case "configured":
      return "agent.catalogue is full";
    case "unreadable":
      return `the stage's catalogue cannot be read: ${why.reason}`;
    case "elsewhere":
      return `${why.name} makes it fetch one`;
    case "fetched":
      return `it has fetched one, ${why.path}`;
    case "other-version":
      return `the stage's catalogue was made from version ${why.madeFor}, and this is ${why.version}`;
    case "unknown-configuration":
      return "it did not tell its configuration";
    case "asked-for":
      return `the stage's catalogue lacks ${why.provider}, which ${askerText(why.by)}`;
    default:
      return why satisfies never;
  }
}

function askerText(by: Extract<WhyFullCatalogue, { id: "asked-for" }>["by"]): string {
  switch (by.id) {
    case "unasked":
      return "it offers by itself";
    case "configuration":
      return `its configuration names (${by.key})`;
    case "credentials":
      return "auth.json has credentials for";
    case "environment":
      return `${by.name} in the environment enables`;
    default:
      return by satisfies never;
  }
}
