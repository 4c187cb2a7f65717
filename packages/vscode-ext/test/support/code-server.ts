import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureCodeServer } from "../../../../scripts/code-server.mjs";

const vsix = join(import.meta.dirname, "..", "..", "sandboot-vscode.vsix");

/** Quiet pages: nothing but what we test, and nothing that asks the internet. */
const quietSettings = {
  "workbench.colorTheme": "Dark Modern",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "window.commandCenter": false,
  "workbench.layoutControl.enabled": false,
  "security.workspace.trust.enabled": false,
  "extensions.autoCheckUpdates": false,
};

export interface CodeServerOptions {
  /** Everything that it writes lies below. */
  readonly home: string;
  readonly port: number;
  /** Of another code-server than the newest. */
  readonly version?: string;
  /** Has our extension already; without it a folder is made and the VSIX installed, as a person does it. */
  readonly extensions?: string;
}

/** A real code-server, ready to be started: by a test, or by a runtime as its sidecar. */
export interface CodeServer {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  url(folder: string): string;
  configure(settings: Readonly<Record<string, unknown>>): Promise<void>;
}

export async function prepareCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const { home, port, version, extensions = join(home, "extensions") } = options;
  const { bin } = await ensureCodeServer(version === undefined ? {} : { version });
  const env = { ...withoutEditorEnv(), HOME: home };
  const run = [process.execPath, bin, "--user-data-dir", join(home, "data")];
  run.push("--extensions-dir", extensions);
  const [program = "", ...rest] = run;
  const user = join(home, "data", "User");
  await mkdir(user, { recursive: true });
  const configure = (settings: object) =>
    writeFile(join(user, "settings.json"), JSON.stringify({ ...quietSettings, ...settings }));
  await configure({});
  if (options.extensions === undefined) {
    await promisify(execFile)(program, [...rest, "--install-extension", vsix], { env });
  }
  run.push("--auth", "none", "--bind-addr", `127.0.0.1:${port}`);
  run.push("--disable-telemetry", "--disable-update-check", "--disable-workspace-trust");
  return {
    command: run,
    env,
    url: (folder) => `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`,
    configure,
  };
}

/** These tests may run in an editor's own terminal, whose variables would lead code-server astray. */
function withoutEditorEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /^(VSCODE_|SANDBOOT_|ELECTRON_)/.test(name) ? [] : [[name, value]],
    ),
  );
}
