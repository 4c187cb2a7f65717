import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureCodeServer } from "../../../../scripts/code-server.mjs";

const vsix = join(import.meta.dirname, "..", "..", "sandboot-vscode.vsix");

/** Quiet pages: nothing but what we test, and nothing that asks the internet. */
export const quietSettings = {
  "workbench.colorTheme": "Dark Modern",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "window.commandCenter": false,
  "workbench.layoutControl.enabled": false,
  "security.workspace.trust.enabled": false,
  "extensions.autoCheckUpdates": false,
  // A page that moves the focus would take the palette out of a test's hands.
  "workbench.quickOpen.closeOnFocusLost": false,
  // It would tell of every server that any test starts.
  "remote.autoForwardPorts": false,
  // So that what a terminal shows can be read.
  "terminal.integrated.gpuAcceleration": "off",
};

/** code-server leaves its sockets where they are; so they lie in a folder that goes with the test. */
export async function temporaryFiles(home: string): Promise<Record<string, string>> {
  const folder = join(home, "tmp");
  await mkdir(folder, { recursive: true });
  return { TMPDIR: folder, XDG_RUNTIME_DIR: folder };
}

export interface CodeServerOptions {
  /** Everything that it writes lies below. */
  readonly home: string;
  readonly port: number;
  /** Of another code-server than the newest. */
  readonly version?: string;
  /** Besides {@link quietSettings}. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A real code-server with the VSIX installed as a person does it, ready to be started. */
export interface CodeServer {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  url(folder: string): string;
}

/** Makes its folders, settings and extensions. */
export async function prepareCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const { home, port, version, settings } = options;
  const { bin } = await ensureCodeServer(version === undefined ? {} : { version });
  const env = { ...withoutEditorEnv(), HOME: home, ...(await temporaryFiles(home)) };
  const folders = ["--user-data-dir", join(home, "data")];
  folders.push("--extensions-dir", join(home, "extensions"));
  const user = join(home, "data", "User");
  await mkdir(user, { recursive: true });
  await writeFile(join(user, "settings.json"), JSON.stringify({ ...quietSettings, ...settings }));
  await promisify(execFile)(process.execPath, [bin, ...folders, "--install-extension", vsix], {
    env,
  });
  const address = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`];
  const quiet = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"];
  return {
    command: [process.execPath, bin, ...folders, ...address, ...quiet],
    env,
    url: (folder) => `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`,
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
