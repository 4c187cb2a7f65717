import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nodeUnderTest } from "./support/node-under-test.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, "deploy/devcontainer", path), "utf8");
const feature = JSON.parse(read("src/sandboot/devcontainer-feature.json"));
const install = join(root, "deploy/devcontainer/src/sandboot/install.sh");

const folder = mkdtempSync(join(tmpdir(), "sandboot-feature-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs commands of a shell where /opt and /usr/local are empty and end with them. */
const IN_EMPTY_ROOT = [
  "unshare",
  "--mount",
  "sh",
  "-c",
  'mount -t tmpfs tmpfs /opt && mount -t tmpfs tmpfs /usr/local && exec sh -c "$1"',
  "sh",
] as const;
const [program, ...args] = IN_EMPTY_ROOT;
const canMount = spawnSync(program, [...args, "true"]).status === 0;

/** A folder with the files of a release that prints its version. */
function releaseOf(version: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  const files = {
    "sandboot.mjs": `#!/usr/bin/env node\nconsole.log("${version}");\n`,
    "sandboot-worker.mjs": "",
    "NOTES.md": "# what else is in a release\n",
  };
  const sums = Object.entries(files).map(([file, text]) => {
    writeFileSync(join(path, file), text);
    return `${createHash("sha256").update(text).digest("hex")}  ${file}\n`;
  });
  writeFileSync(join(path, "SHA256SUMS"), sums.join(""));
  return path;
}

/** @param node - The program that is `node` on PATH. */
function run(commands: string, env: Record<string, string>, node = nodeUnderTest) {
  const bin = mkdtempSync(join(folder, "bin-"));
  symlinkSync(node, join(bin, "node"));
  const path = `${bin}:/usr/local/bin:/usr/bin:/bin`;
  const options = { env: { PATH: path, TMPDIR: tmpdir(), ...env }, encoding: "utf8" } as const;
  return spawnSync(program, [...args, commands], options);
}

describe("the Feature for dev containers", () => {
  it("has the version of its sandboot, and a page", () => {
    const { version } = JSON.parse(
      readFileSync(join(root, "packages/runtime/package.json"), "utf8"),
    );
    expect(feature.version).toBe(version);
    expect(feature.options.version.proposals).toContain(version);
    const [, page = ""] = feature.documentationURL.split("/main/");
    expect(existsSync(join(root, page))).toBe(true);
  });

  it("reads each of its options, with the default that it names", () => {
    for (const [name, { default: value }] of Object.entries<{ default: unknown }>(feature.options))
      expect(read("src/sandboot/install.sh")).toContain(
        `${name}="\${${name.toUpperCase()}:-${value}}"`,
      );
  });

  it.runIf(canMount)("installs a release; its entrypoint runs the container's command", () => {
    const from = releaseOf("1.2.3", "good");
    const { status, stdout, stderr } = run(
      `'${install}' && sandboot --version && /opt/sandboot/entrypoint.sh echo the command`,
      { FROM: from },
    );
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: "1.2.3\n1.2.3\nthe command\n",
      stderr: "",
    });
  });

  it.runIf(canMount)("boots the sandbox beside the container's command, if it is to", () => {
    const from = releaseOf("its version, or boots", "autostart");
    const started = `'${install}' > /dev/null && /opt/sandboot/entrypoint.sh true`;
    // The pipe is closed when the sandbox has ended, too.
    expect(run(started, { FROM: from, AUTOSTART: "true" }).stdout).toBe("its version, or boots\n");
    expect(run(started, { FROM: from }).stdout).toBe("");
  });

  it.runIf(canMount)(
    "installs nothing that differs from its checksum, and nothing for an old Node",
    () => {
      const from = releaseOf("1.2.3", "bad");
      writeFileSync(join(from, "sandboot-worker.mjs"), "something else");
      const refused = run(`'${install}'; ls /opt`, { FROM: from });
      expect(refused.stdout).toBe("");
      expect(refused.stderr).toContain(`what came from ${from} is not what its SHA256SUMS says`);
      const old = run(`'${install}'`, { FROM: from }, "/bin/false");
      expect(old.status).toBe(1);
      expect(old.stderr).toContain("Node 22.11 or later has to be there");
    },
  );

  it("has an example that sandboot takes", () => {
    const config = join(root, "deploy/devcontainer/example/.devcontainer/sandboot.jsonc");
    const sandboot = join(root, "packages/runtime/dist/cli.js");
    const check = [sandboot, "config", "check", "--config", config];
    const shown = execFileSync(nodeUnderTest, check, { encoding: "utf8", env: { PATH: "" } });
    expect(JSON.parse(shown)).toMatchObject({ warnings: [], workspace: "/tmp/sandboot/workspace" });
    expect(read("example/.devcontainer/devcontainer.json")).toContain('"./sandboot": {');
  });
});
