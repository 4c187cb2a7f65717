import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Sandbox, type SandboxOptions } from "../support/sandbox.ts";

/** A state of the machine in which a boot cannot work. */
interface MachineState {
  readonly options: SandboxOptions;
  /** Makes the state. */
  readonly prepare?: (sandbox: Sandbox) => Promise<void>;
  readonly phase: string;
  readonly errno: string;
  readonly path: (sandbox: Sandbox) => string;
}

const states: Readonly<Record<string, MachineState>> = {
  "an address that this machine does not have": {
    // TEST-NET-2: https://www.rfc-editor.org/rfc/rfc5737
    options: { agentKind: "fixture", bridge: { host: "198.51.100.7", token: "open sesame" } },
    phase: "bridge",
    errno: "EADDRNOTAVAIL",
    path: ({ bridgePort }) => `198.51.100.7:${bridgePort}`,
  },
  "a link to itself in the place of the agent's credentials": {
    options: { agent: { auth: { provider: { type: "api", key: "open sesame" } } } },
    prepare: async ({ home }) => {
      const data = join(home, ".local/share/opencode");
      await mkdir(data, { recursive: true });
      await symlink("auth.json", join(data, "auth.json"));
    },
    phase: "agent.home",
    errno: "ELOOP",
    path: ({ home }) => join(home, ".local/share/opencode/auth.json"),
  },
  "a file in the place of a folder": {
    options: { agentKind: "fixture", config: { mode: "build", build: { record: "file/b.json" } } },
    prepare: ({ folder }) => writeFile(join(folder, "file"), ""),
    phase: "build.record",
    errno: "EEXIST",
    path: ({ folder }) => join(folder, "file"),
  },
};

describe("C8: a state of the machine is a failure that names the path, the cause and what to do", () => {
  it.each(Object.entries(states))(
    "C8: %s",
    async (_, { options, prepare, phase, errno, path: pathOf }) => {
      const sandbox = await Sandbox.create(options);
      await prepare?.(sandbox);
      const boot = await sandbox.boot();
      const { exitCode, stderr } = await boot.ended();
      expect(exitCode).toBe(1);
      const path = pathOf(sandbox);
      const { fatal } = await boot.report();
      expect(fatal).toMatchObject({
        phase,
        failure: {
          code: "system-error",
          message: expect.stringMatching(new RegExp(`${path}: \\w.+ \\(${errno}\\)$`)),
          hint: expect.stringMatching(/\w/),
          detail: { errno, path },
        },
      });
      expect(fatal?.failure.outputTail).toBeUndefined();
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(sandbox.left()).toEqual([]);
    },
  );
});
