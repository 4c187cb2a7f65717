import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OpenInspectControlPlane } from "../fixtures/open-inspect/control-plane.ts";
import { type Files, Origin } from "./git.ts";
import { Sandbox } from "./sandbox.ts";

const bridge = join(import.meta.dirname, "../fixtures/open-inspect/bridge.ts");
/** A repository's script. */
export const hook = (name: "setup" | "start", text: string): Files => ({
  [`.openinspect/${name}.sh`]: `${text}\n`,
});

interface Given {
  /** Files of acme/web, and of acme/api when the session has several repositories. */
  readonly web?: Files;
  readonly api?: Files;
  readonly session?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly plane?: OpenInspectControlPlane;
  /** Keys of the config's `agent`. */
  readonly agent?: Readonly<Record<string, unknown>>;
  /** Keys of the config's `bridge`. */
  readonly bridge?: object;
  /** Keys of the config's `desktop`. */
  readonly desktop?: object;
  /** Runs before the boot, with the folders of the sandbox. */
  readonly prepare?: (folders: Folders) => Promise<void>;
  /** Real OpenCode with this configuration, and the original bridge by this Python, which has the original files in /tmp. */
  readonly real?: { readonly python: string; readonly agentConfig: object };
}

interface Folders {
  /** The checkout of acme/web. */
  readonly checkout: string;
  readonly origin: string;
  /** Where the files are that are in /tmp and /workspace there. */
  readonly files: string;
}

/** Boots as Open-Inspect does: by environment alone, with a bridge on PATH and repositories of its host. */
export async function bootOpenInspect({
  web = {},
  api,
  session = {},
  env = {},
  plane,
  agent = {},
  bridge: bridgeKeys = {},
  desktop,
  prepare,
  real,
}: Given) {
  const control = plane ?? (await OpenInspectControlPlane.start());
  const sandbox = await Sandbox.create({
    agentKind: real === undefined ? "fixture" : "opencode",
    checkout: false,
    files: web,
    agent: { ...(real !== undefined && { config: real.agentConfig }), ...agent },
  });
  const { folder, config, bridgePort } = sandbox;
  await mkdir(join(folder, "api"));
  const other = api === undefined ? null : await Origin.create(join(folder, "api"), api);
  const files = join(folder, "oi");
  const bin = join(folder, "bin");
  await Promise.all([mkdir(files), mkdir(bin)]);
  const program = real?.python ?? `${process.execPath} ${bridge}`;
  const python = `#!/bin/sh\nexec ${program} "$@"\n`;
  await writeFile(join(bin, "python"), python, { mode: 0o755 });
  for (const key of ["mode", "repositories", "hooks"]) delete config[key];
  config["bridge"] = { port: bridgePort, ...bridgeKeys };
  if (desktop !== undefined) config["desktop"] = desktop;
  await prepare?.({
    checkout: join(folder, "workspace", "web"),
    origin: sandbox.origin.path,
    files,
  });
  const origins = [
    ["web", sandbox.origin.path],
    ...(other === null ? [] : [["api", other.path]]),
  ] as const;
  const several = origins.map(([name]) => ({
    repo_owner: "acme",
    repo_name: name,
    branch: "main",
  }));
  const running = await sandbox.boot({
    env: {
      SANDBOOT_PLATFORM: "open-inspect",
      ...(real === undefined && { SANDBOOT_OPEN_INSPECT_FILES: files }),
      PATH: `${bin}:${process.env["PATH"]}`,
      ...control.env({ ...(other !== null && { repositories: several }), ...session }),
      REPO_OWNER: "acme",
      REPO_NAME: "web",
      GIT_CONFIG_COUNT: String(origins.length),
      ...Object.fromEntries(
        origins.flatMap(([name, path], at) => [
          [`GIT_CONFIG_KEY_${at}`, `url.${path}.insteadOf`],
          [`GIT_CONFIG_VALUE_${at}`, `https://git.example.org/acme/${name}.git`],
        ]),
      ),
      ...env,
    },
  });
  const read = (name: string) => readFile(join(files, name), "utf8");
  /** The bridge's first message of this type, or a later one. Fails when the sandbox ends without it. */
  const heard = (type: string, times = 1) =>
    Promise.race([
      control.message(type, times),
      running.ended().then(({ stderr }) => {
        throw new Error(`the sandbox ended without "${type}":\n${stderr}`);
      }),
    ]);
  return { plane: control, sandbox, boot: running, heard, read, files };
}
