import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { Sandbox } from "../support/sandbox.ts";
import { freePort } from "../support/scratch.ts";

/** The doors of a sandbox, and who may have the key to each. */
const KEYS = {
  SANDBOX_AUTH_TOKEN: ["bridge", "git", "given"],
  SANDBOOT_TOKEN: [],
  CODE_SERVER_PASSWORD: [],
  OPENCODE_SERVER_PASSWORD: ["agent", "bridge"],
} as const;

describe("C12: a secret reaches only who needs it", () => {
  it("C12: of the keys to this sandbox each process inherits those of its own work, and all other variables", async () => {
    const port = await freePort();
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: {
        ".openinspect/start.sh": 'env > "$SEEN/hook"\n',
      },
    });
    const seen = join(sandbox.folder, "seen");
    await mkdir(seen);
    const bin = join(sandbox.folder, "bin");
    await mkdir(bin);
    // The first git on PATH: says what it was given, and is git.
    await writeFile(
      join(bin, "git"),
      `#!/bin/bash\nenv >> "$SEEN/git"\nPATH=\${PATH#*:} exec git "$@"\n`,
    );
    await chmod(join(bin, "git"), 0o755);
    // Whoever sees the file sees all of it.
    const writesEnv = (name: string) => [
      "bash",
      "-c",
      `env > "$SEEN/.${name}"; mv "$SEEN/.${name}" "$SEEN/${name}"; exec sleep 1000`,
    ];
    const { config } = sandbox;
    config["sidecars"] = [
      { id: "plain", command: writesEnv("sidecar"), readiness: { file: join(seen, "sidecar") } },
      {
        id: "given",
        command: writesEnv("given"),
        env: { SANDBOX_AUTH_TOKEN: "{env:SANDBOX_AUTH_TOKEN}" },
        readiness: { exec: ["bash", "-c", 'env > "$SEEN/probe"; test -e "$SEEN/given"'] },
      },
    ];
    Object.assign(config["bridge"] as object, {
      command: writesEnv("bridge"),
      readiness: { file: join(seen, "bridge") },
    });
    const keys = Object.fromEntries(Object.keys(KEYS).map((name) => [name, `key of ${name}`]));
    const env = {
      ...keys,
      CODE_SERVER_PORT: String(port),
      PATH: `${bin}:${process.env["PATH"]}`,
      SEEN: seen,
      MINE: "for all",
    };
    config["codeServer"] = { enabled: false };
    const boot = await sandbox.boot({ env });
    await boot.until("boot.ready");
    // The boot does not wait for optional phases.
    for (const id of ["sidecar.plain", "sidecar.given"])
      await boot.until("phase.ended", (phase) => phase.id === id);
    const kinds = ["hook", "git", "sidecar", "given", "probe", "bridge"];
    const environments = new Map<string, string>();
    for (const kind of kinds) environments.set(kind, await readFile(join(seen, kind), "utf8"));
    const agent = boot.events.findLast((event) => event.type === "agent.changed");
    const pid = agent?.type === "agent.changed" ? agent.agent.pid : null;
    environments.set(
      "agent",
      (await readFile(`/proc/${pid}/environ`, "utf8")).replaceAll("\0", "\n"),
    );
    for (const [kind, text] of environments) {
      expect(text, kind).toContain("MINE=for all");
      const has = Object.keys(KEYS).filter((name) => text.includes(`${name}=key of ${name}`));
      const may = Object.entries(KEYS).flatMap(([name, who]) =>
        (who as readonly string[]).includes(kind) ? [name] : [],
      );
      expect(has, kind).toEqual(may);
    }
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });
});

describe.skipIf(process.getuid?.() !== 0)("C12: a checkout of another owner", () => {
  it("is a repository to the git of hooks and agent, and a folder beside it is not", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: { ".openinspect/start.sh": "git rev-parse --show-toplevel >> hook.txt 2>&1\n" },
    });
    const other = join(sandbox.folder, "workspace/other");
    await sandbox.origin.clone(other);
    for (const checkout of [sandbox.repository, other]) {
      for (const path of [checkout, join(checkout, ".git")]) await chown(path, 12345, 0);
    }
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    expect(await readFile(join(sandbox.repository, "hook.txt"), "utf8")).toBe(
      `${sandbox.repository}\n`,
    );
    const { env } = JSON.parse((await sandbox.askAgent("/")).body);
    const gitOfAgent = (cwd: string) =>
      execa("git", ["rev-parse", "--show-toplevel"], { cwd, env, extendEnv: false, reject: false });
    expect((await gitOfAgent(sandbox.repository)).stdout).toBe(sandbox.repository);
    expect((await gitOfAgent(other)).stderr).toContain("dubious ownership");
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });
});
