import { join } from "node:path";
import { readSmallFile } from "../../base/text-file.ts";
import type { PhaseWarning } from "../../base/warning.ts";
import type { Setting } from "../../config/git-env.ts";
import type { Checkout } from "./checkout-folder.ts";
import { type GitOptions, git } from "./git.ts";

/**
 * What a checkout's own configuration may say without being looked at: it names no program, and includes no other file.
 * Whatever `git clone`, `git submodule` and `git lfs install` write is in here.
 */
const HARMLESS_SECTIONS = new Set([
  "advice",
  "branch",
  "color",
  "column",
  "extensions",
  "feature",
  "gc",
  "index",
  "init",
  "log",
  "pack",
  "pull",
  "push",
  "rerere",
  "status",
  "tag",
  "user",
]);
const HARMLESS_KEYS: Readonly<Record<string, ReadonlySet<string>>> = {
  core: new Set([
    "abbrev",
    "autocrlf",
    "bare",
    "bigfilethreshold",
    "compression",
    "eol",
    "filemode",
    "ignorecase",
    "logallrefupdates",
    "longpaths",
    "precomposeunicode",
    "preloadindex",
    "protecthfs",
    "protectntfs",
    "quotepath",
    "repositoryformatversion",
    "safecrlf",
    "sharedrepository",
    "sparsecheckout",
    "sparsecheckoutcone",
    "splitindex",
    "symlinks",
    "trustctime",
    "untrackedcache",
    "worktree",
  ]),
  remote: new Set(["fetch", "partialclonefilter", "promisor", "prune", "pushurl", "tagopt", "url"]),
  submodule: new Set(["active", "branch", "ignore", "recurse", "shallow", "url"]),
  lfs: new Set(["repositoryformatversion"]),
};

/** Settings by which a repository could start a program or steer a connection, and a value that does nothing. */
const NEUTRAL: readonly (readonly [key: RegExp, value: string | null])[] = [
  [/^filter\..+\.(?:smudge|clean|process)$/, ""],
  [/^filter\..+\.required$/, "false"],
  [/^(?:diff\..+\.(?:command|textconv)|diff\.external)$/, ""],
  [/^merge\..+\.driver$/, ""],
  [/^core\.(?:askpass|alternaterefscommand|editor|pager|attributesfile)$/, ""],
  // Where git-lfs is not installed, git would take `alias.lfs` for it.
  [/^alias\..+$/, ""],
  [/^core\.gitproxy$/, "none"],
  [/^core\.sshcommand$/, "ssh"],
  [/^ssh\.variant$/, "auto"],
  [/^gpg(?:\..+)?\.program$/, ""],
  [/^(?:http|remote)(?:\..+)?\.proxy$/, ""],
  [/^http(?:\..+)?\.sslverify$/, "true"],
  [
    /^http(?:\..+)?\.(?:extraheader|sslcainfo|sslcapath|sslcert|sslkey|cookiefile|curloptresolve)$/,
    "",
  ],
  [/^remote\..+\.vcs$/, ""],
  [/^submodule\..+\.update$/, "checkout"],
  [/^lfs\.(?:.+\.)?standalonetransferagent$/, ""],
  [/^lfs\.customtransfer\..+\.(?:path|args)$/, ""],
  [/^lfs\.extension\..+\.(?:clean|smudge)$/, ""],
  [/^protocol\..+\.allow$/, "never"],
  // An empty helper clears the list; those of the user and the machine are added again.
  [/^credential(?:\..+)?\.helper$/, null],
];

/**
 * Programs for which git takes the first value that it finds and not the last, so that no setting of ours wins. They are
 * removed.
 */
const FIRST_WINS = /^remote\..+\.(?:uploadpack|receivepack)$/;

/**
 * The settings that keep git from starting programs named in a checkout's own configuration (C12). An earlier session may
 * have written anything there. Configuration of the user, the machine and the environment stays in force.
 *
 * Runs no git for a configuration that says only harmless things, which is nearly every one.
 *
 * @throws Failed when git cannot read the configuration.
 */
export async function neutralSettings(
  { path: checkout, gitDir, commonDir }: Checkout,
  inside: GitOptions,
  warn: (warning: PhaseWarning) => void,
): Promise<readonly Setting[]> {
  const files = [join(commonDir, "config"), join(gitDir, "config.worktree")];
  if (files.every((path) => isHarmless(path))) return [];
  const { onLine: _, ...quiet } = inside;
  const lines = await git("config", ["config", "--list", "--show-scope", "--includes", "-z"], {
    ...quiet,
    isExact: true,
  });
  const entries = entriesOf(Buffer.from(lines.join("\n"), "latin1").toString("utf8"));
  for (const { scope, key } of entries.filter(
    (entry) => isOwn(entry) && FIRST_WINS.test(entry.key),
  )) {
    await git("config", ["config", `--${scope}`, "--unset-all", key], quiet);
    warn({ code: "setting-removed", checkout, key });
  }
  return settingsFor(entries);
}

interface Entry {
  readonly scope: string;
  readonly key: string;
  readonly value: string;
}

/** @param listing - `git config --list --show-scope -z`: scope NUL key LF value NUL, again and again. */
function entriesOf(listing: string): Entry[] {
  const fields = listing.split("\0");
  const entries: Entry[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [key = "", ...value] = (fields[at + 1] ?? "").split("\n");
    entries.push({ scope: fields[at] ?? "", key, value: value.join("\n") });
  }
  return entries;
}

function isOwn({ scope }: Entry): boolean {
  return scope === "local" || scope === "worktree";
}

function ownKeysOf(entries: readonly Entry[]): Set<string> {
  return new Set(entries.filter(isOwn).map(({ key }) => key));
}

function settingsFor(entries: readonly Entry[]): Setting[] {
  return [...ownKeysOf(entries)].flatMap((key): Setting[] => {
    const rule = NEUTRAL.find(([pattern]) => pattern.test(key));
    if (rule === undefined) return [];
    const others = entries.filter((entry) => entry.key === key && !isOwn(entry));
    if (rule[1] === null) return [[key, ""], ...others.map(({ value }): Setting => [key, value])];
    return [[key, others.at(-1)?.value ?? rule[1]]];
  });
}

/** Whether a file of git's configuration has only sections and keys that name no program. What looks odd is not harmless. */
function isHarmless(path: string): boolean {
  const file = readSmallFile(path);
  if (file.id === "absent") return true;
  if (file.id !== "text") return false;
  let section = "";
  for (const line of file.text.split("\n")) {
    const text = line.trim();
    if (text === "" || text.startsWith("#") || text.startsWith(";")) continue;
    if (text.endsWith("\\")) return false;
    const header = /^\[([A-Za-z0-9-]+)(?: "(?:[^"\\]|\\.)*")?\]$/.exec(text);
    if (header !== null) {
      section = (header[1] ?? "").toLowerCase();
      continue;
    }
    const key = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=|$)/.exec(text)?.[1]?.toLowerCase();
    if (key === undefined) return false;
    if (!HARMLESS_SECTIONS.has(section) && HARMLESS_KEYS[section]?.has(key) !== true) return false;
  }
  return true;
}
