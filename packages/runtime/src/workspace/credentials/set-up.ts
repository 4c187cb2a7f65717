import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../base/folder.ts";
import { replaceFile } from "../../base/text-file.ts";
import type { Config } from "../../config/config.ts";
import {
  credentialHelperSettings,
  helperCommand,
  quotedForShell,
} from "../../config/credential-helper.ts";
import { stateFolderAt } from "../../config/state-folder.ts";
import { quotedForGit } from "../git/trust.ts";

/** gh sends GH_TOKEN to this host, and another variable to every other one. */
const HOST_OF_GH = "github.com";

/**
 * Writes what git and gh in the sandbox find credentials by: a configuration that names our helper, which every git includes
 * (config/child-env.ts), and a `gh` before the real one on PATH. Removes both where there is nothing to find. No secret is in
 * either.
 *
 * @param program - The command that starts `sandboot`.
 * @throws Failed `system-error`.
 */
export async function setUpCredentials(
  config: Pick<Config, "git" | "stateDir">,
  program: readonly string[],
): Promise<void> {
  const { gitCredentialConfig, bin } = stateFolderAt(config.stateDir);
  const gh = join(bin, "gh");
  const { credentials } = config.git;
  if (credentials.length === 0) await rm(gitCredentialConfig, { force: true });
  else {
    const settings = credentialHelperSettings(config, program);
    await replaceFile(gitCredentialConfig, settings.map(sectionOf).join(""));
  }
  if (!credentials.some(({ host }) => host === HOST_OF_GH)) {
    await rm(gh, { force: true });
    return;
  }
  makeFolder(bin);
  await replaceFile(gh, ghScript(bin, helperCommand(config.stateDir, program)), { mode: 0o755 });
}

/** `credential.URL.helper` as a section of a file. */
function sectionOf([key, value]: readonly [string, string]): string {
  const url = key.slice("credential.".length, -".helper".length);
  return `[credential ${quotedForGit(url)}]\n\thelper = ${quotedForGit(value)}\n`;
}

/**
 * Runs the real gh with a token of its own. That is the first one on PATH after this script: of two sandboots, one within the
 * other, each has such a script on PATH, and neither may go back to the one that it was run by. A token that somebody has set stays, except one that the platform has set and
 * that expires. `export` and not `env`: its arguments would be seen in /proc.
 */
function ghScript(bin: string, helper: string): string {
  return `#!/bin/sh
# Written by sandboot: gives gh the credential that git has.
bin=${quotedForShell(bin)}
real=
IFS=:
set -f
for folder in $PATH; do
  if [ "$folder/gh" -ef "$bin/gh" ]; then real=
  elif [ -z "$real" ] && [ -f "$folder/gh" ] && [ -x "$folder/gh" ]; then real=$folder/gh
  fi
done
set +f
unset IFS
if [ -z "$real" ]; then
  echo "gh: not found on PATH" >&2
  exit 127
fi
own=$GITHUB_TOKEN
if [ "$SANDBOOT_GITHUB_TOKEN" = expires ]; then own=; fi
if [ -z "$GH_TOKEN$own" ] && [ "\${GH_HOST:-${HOST_OF_GH}}" = ${HOST_OF_GH} ]; then
  token=$(printf 'protocol=https\\nhost=${HOST_OF_GH}\\n\\n' | ${helper} get | sed -n 's/^password=//p')
  if [ -n "$token" ]; then
    GH_TOKEN=$token
    export GH_TOKEN
  fi
fi
exec "$real" "$@"
`;
}
