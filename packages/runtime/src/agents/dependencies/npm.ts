import { join } from "node:path";
import { endingText } from "../../base/process-text.ts";
import { seconds } from "../../base/seconds.ts";
import type { Grace } from "../../process/grace.ts";
import { endingOf } from "../../process/process-exit.ts";
import { runToEnd } from "../../process/run.ts";

export interface NpmOptions {
  /** A folder of ours with package.json and, if there is one, package-lock.json: no file of a repository's beside them. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whose `.npmrc` counts. */
  readonly home: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly grace: Grace;
  readonly onLine?: (stream: "stdout" | "stderr", line: string) => void;
}

export type NpmOutcome =
  | { readonly id: "installed" }
  /** `why` completes "npm …"; `lines` are its last ones. */
  | { readonly id: "failed"; readonly why: string; readonly lines: readonly string[] };

/** A registry that takes a connection and says nothing is given up after this time, twice. */
const FETCH_MS = 10_000;

/**
 * What npm may do. No script of a package runs, so nothing of a repository or a registry is executed. Tarballs come from
 * the configured registry, whatever host a lockfile names.
 *
 * @see https://docs.npmjs.com/cli/using-npm/config
 */
const SETTINGS: Readonly<Record<string, string>> = {
  ignore_scripts: "true",
  replace_registry_host: "always",
  audit: "false",
  fund: "false",
  update_notifier: "false",
  loglevel: "error",
  package_lock: "true",
  workspaces: "false",
  fetch_retries: "1",
  fetch_retry_mintimeout: "500",
  fetch_retry_maxtimeout: "2000",
  prefer_offline: "true",
};

/** Installs what a folder's package.json asks for. Never rejects for what npm or the network does. */
export async function npmInstall(options: NpmOptions): Promise<NpmOutcome> {
  const { folder, env, home, timeoutMs, signal, grace, onLine } = options;
  const fetchMs = Math.min(FETCH_MS, Math.ceil(timeoutMs / 2));
  const settings = { ...SETTINGS, fetch_timeout: String(fetchMs) };
  const result = await runToEnd({
    command: "npm",
    args: ["install"],
    cwd: folder,
    env: {
      ...env,
      HOME: home,
      ...Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [`npm_config_${key}`, value]),
      ),
      // Above the folder there may be a package.json that npm would take for the project's.
      npm_config_prefix: join(folder, "global"),
    },
    timeoutMs,
    signal,
    grace,
    ...(onLine && { onLine }),
    leftovers: "end",
  });
  signal.throwIfAborted();
  const lines = result.tail.map(({ line }) => line);
  if (result.id === "exited" && result.code === 0) return { id: "installed" };
  const why =
    result.id === "timed-out"
      ? `did not end within ${seconds(timeoutMs)}`
      : (causeIn(lines) ?? endingText(endingOf(result)));
  return { id: "failed", why, lines };
}

/** `npm error code E404`: npm's own name for what went wrong. */
function causeIn(lines: readonly string[]): string | null {
  const code = lines.map((line) => /^npm (?:error|ERR!) code (\S+)/.exec(line)?.[1]).find(Boolean);
  return code === undefined ? null : `failed with ${code}`;
}

/** Which of these packages npm's last lines blame; null when they blame none, or more than one. */
export function blamed(lines: readonly string[], names: readonly string[]): string | null {
  const text = lines.join("\n");
  if (
    !/\bcode (?:E404|ETARGET|ENOVERSIONS|EUNSUPPORTEDPROTOCOL|EINVALIDPACKAGENAME)\b/.test(text)
  ) {
    return null;
  }
  const found = names.filter((name) => text.includes(`${name}@`));
  return found.length === 1 ? (found[0] ?? null) : null;
}
