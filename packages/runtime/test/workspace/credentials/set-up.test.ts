import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { configFileSchema } from "../../../src/config/schema.ts";
import { stateFolderAt } from "../../../src/config/state-folder.ts";
import { setUpCredentials } from "../../../src/workspace/credentials/set-up.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { writeFiles } from "../../support/git.ts";
import { scratchFolder } from "../../support/scratch.ts";

const script = (text: string) => ({ text: `#!/bin/sh\n${text}\n`, mode: 0o755 });

/** A state folder with a quote and a space in its path, a `sandboot` that knows one password, and a gh that shows its own. */
async function setUp(...hosts: readonly string[]) {
  const folder = join(await scratchFolder(), "it's a folder");
  await writeFiles(folder, {
    "state/neutral/.keep": "",
    sandboot: script(
      'cat > "$(dirname "$0")/asked"; echo "username=u"; echo "password=p-of $1 $4"',
    ),
    "real/gh": script('echo "GH_TOKEN=$GH_TOKEN args=$*"'),
  });
  const stateDir = join(folder, "state");
  const credentials = hosts.map((host) => ({ host, from: { password: "unused" } }));
  const { git } = configFileSchema.parse({ git: { credentials } });
  await setUpCredentials({ stateDir, git }, [join(folder, "sandboot")]);
  const places = stateFolderAt(stateDir);
  const gh = async ({ PATH: path, ...env }: Record<string, string> = {}) => {
    const PATH = `${path ?? `${places.bin}:${join(folder, "real")}`}:${bareEnv().PATH}`;
    const { stdout } = await execa("gh", ["pr", "view", "a b"], {
      env: { ...bareEnv(), ...env, PATH },
      extendEnv: false,
      timeout: 10_000,
    });
    return stdout;
  };
  const empty = configFileSchema.parse({}).git;
  return { folder, places, gh, undo: () => setUpCredentials({ stateDir, git: empty }, []) };
}

describe("what git and gh find credentials by", () => {
  it("is a helper for the configured host alone, in the place of every other one", async () => {
    const { folder, places } = await setUp("git.example.org");
    const fill = async (host: string) => {
      const { stdout } = await execa("git", ["credential", "fill"], {
        cwd: folder,
        input: `protocol=https\nhost=${host}\n\n`,
        env: {
          ...bareEnv(),
          GIT_CONFIG_GLOBAL: "/dev/null",
          GIT_CONFIG_COUNT: "2",
          GIT_CONFIG_KEY_0: "credential.helper",
          GIT_CONFIG_VALUE_0: "!echo password=of-another-helper; echo username=other; :",
          GIT_CONFIG_KEY_1: "include.path",
          GIT_CONFIG_VALUE_1: places.gitCredentialConfig,
        },
        extendEnv: false,
      });
      return stdout;
    };
    expect(await fill("git.example.org")).toContain("password=p-of git-credential get");
    expect(await fill("git.example.com")).toContain("password=of-another-helper");
  });

  it("gives gh the password of github.com", async () => {
    const { gh } = await setUp("git.example.org", "github.com");
    expect(await gh()).toBe("GH_TOKEN=p-of git-credential get args=pr view a b");
    expect(await gh({ GH_HOST: "git.example.org" })).toBe("GH_TOKEN= args=pr view a b");
  });

  it("leaves gh a token that somebody has set, unless the platform says that it expires", async () => {
    const { gh } = await setUp("github.com");
    expect(await gh({ GH_TOKEN: "mine" })).toBe("GH_TOKEN=mine args=pr view a b");
    expect(await gh({ GITHUB_TOKEN: "mine" })).toBe("GH_TOKEN= args=pr view a b");
    const expires = { GITHUB_TOKEN: "theirs", SANDBOOT_GITHUB_TOKEN: "expires" };
    expect(await gh(expires)).toContain("GH_TOKEN=p-of");
  });

  it("gives gh one token where a sandbox runs in another, and each has its gh on PATH", async () => {
    const [outer, inner] = [await setUp("github.com"), await setUp("github.com")];
    const PATH = [inner.places.bin, outer.places.bin, join(inner.folder, "real")].join(":");
    expect(await inner.gh({ PATH })).toBe("GH_TOKEN=p-of git-credential get args=pr view a b");
    const again = `${PATH.replace(":", "/:")}:${inner.places.bin}:${join(inner.folder, "real")}`;
    expect(await inner.gh({ PATH: again })).toContain("GH_TOKEN=p-of");
  });

  it("is gone with the configuration", async () => {
    const { places, undo } = await setUp("github.com");
    const files = [places.gitCredentialConfig, join(places.bin, "gh")];
    expect(files.map((path) => existsSync(path))).toEqual([true, true]);
    await undo();
    expect(files.map((path) => existsSync(path))).toEqual([false, false]);
  });
});
