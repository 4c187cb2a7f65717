import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import {
  appendFile,
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Published } from "../../fixtures/npm-registry.ts";
import { CHECKOUT_KINDS, checkoutOf } from "../../support/checkouts.ts";
import { git, writeFiles } from "../../support/git.ts";
import { scratchFolder } from "../../support/scratch.ts";
import {
  checkoutWith,
  PLUGIN_VERSION,
  packagesBench,
  statusOf,
} from "../../support/workspace-packages.ts";

const PLUGIN = "@opencode-ai/plugin";
const json = (value: unknown) => JSON.stringify(value);
const manifest = (dependencies: object, more: object = {}) => json({ dependencies, ...more });

const LEFT_PAD: readonly Published[] = [
  { name: "left-pad", version: "1.2.0" },
  { name: "left-pad", version: "1.3.0" },
  { name: "left-pad", version: "2.0.0" },
];

/** A tool that needs the agent's own package. */
const IMPORTS_PLUGIN = { "tool/own.ts": `import x from "${PLUGIN}";\n` };

/** What a tool in the config folder would get. */
const imported = (checkout: string, name: string): unknown =>
  createRequire(join(realpathSync(join(checkout, ".opencode")), "tool/x.js"))(name);

/** OpenCode's own look (1.18.33): whether it would run npm. */
async function wouldInstall(checkout: string): Promise<boolean> {
  const folder = join(checkout, ".opencode");
  const read = async (name: string) =>
    parsed(await readFile(join(folder, name), "utf8").catch(() => "{}"));
  const kinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
  const namesIn = (from: Record<string, object>) =>
    kinds.flatMap((kind) => Object.keys(from[kind] ?? {}));
  if ((await lstat(join(folder, "node_modules")).catch(() => null)) === null) return true;
  const locked = namesIn((await read("package-lock.json")).packages?.[""] ?? {});
  return [...namesIn(await read("package.json")), PLUGIN].some((name) => !locked.includes(name));
}

function parsed(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

describe("a repository's packages that the stage has", () => {
  it.each(CHECKOUT_KINDS)("are linked out of git's sight in a %s, without npm", async (kind) => {
    const { folder, checkout } = await checkoutOf(kind, {
      ".opencode/package.json": manifest({ [PLUGIN]: "1.0.0", zod: "^4.0.0" }),
    });
    const { made, context, registry } = await packagesBench({ folder });
    expect(await made().link(checkout, context)).toMatchObject({ result: "linked", missing: [] });
    expect(await statusOf(checkout)).toBe("");
    expect(await wouldInstall(checkout)).toBe(false);
    expect(imported(checkout, PLUGIN)).toBe(`${PLUGIN}@${PLUGIN_VERSION} of the stage`);
    expect(imported(checkout, "zod")).toBe("zod@4.1.8 of the stage");
    expect(registry.requests).toEqual([]);
    // The next boot, with nothing to do.
    expect(await made().link(checkout, context)).toMatchObject({ result: "present" });
  });

  it.each<[string, Record<string, string>]>([
    ["without a package.json", IMPORTS_PLUGIN],
    ["whose package.json is no JSON", { "package.json": "{ nonsense", ...IMPORTS_PLUGIN }],
    [
      "with a lockfile alone, as older versions of OpenCode left it in git",
      {
        "package-lock.json": json({ packages: { "": { dependencies: { [PLUGIN]: "1.0.0" } } } }),
        ...IMPORTS_PLUGIN,
      },
    ],
    [
      "with its own lockfile in step",
      {
        "package.json": manifest({ [PLUGIN]: "1.0.0" }),
        "package-lock.json": json({ packages: { "": { devDependencies: { [PLUGIN]: "1.0.0" } } } }),
      },
    ],
    [
      "with the plugin as a peer and for development",
      {
        "package.json": json({
          peerDependencies: { [PLUGIN]: ">=1" },
          devDependencies: { [PLUGIN]: "^1.4.3" },
        }),
      },
    ],
  ])("are there in a folder %s", async (_, files) => {
    const { folder, made, context, registry } = await packagesBench();
    const checkout = await checkoutWith(folder, files);
    expect(await made().link(checkout, context)).toMatchObject({ result: "linked" });
    expect(await statusOf(checkout)).toBe("");
    expect(await wouldInstall(checkout)).toBe(false);
    const own = join(checkout, ".opencode/node_modules", PLUGIN, "package.json");
    expect(JSON.parse(await readFile(own, "utf8"))).toMatchObject({ version: PLUGIN_VERSION });
    expect(registry.requests).toEqual([]);
  });

  it("a lockfile of the repository that is out of step stays as it is, and npm is kept from the network", async () => {
    const { folder, made, context } = await packagesBench();
    const files = {
      "package.json": manifest({ zod: "4.1.8" }),
      "package-lock.json": json({ packages: { "": { dependencies: { zod: "4.1.8" } } } }),
    };
    const checkout = await checkoutWith(folder, files);
    expect(await made().link(checkout, context)).toMatchObject({ result: "linked" });
    expect(await statusOf(checkout)).toBe("");
    const npmrc = join(checkout, ".opencode/.npmrc");
    expect(await readFile(npmrc, "utf8")).toContain("offline=true");
    // When the repository puts its lockfile right, ours is not needed any more.
    const inStep = { packages: { "": { dependencies: { zod: "4.1.8", [PLUGIN]: "1.0.0" } } } };
    await writeFile(join(checkout, ".opencode/package-lock.json"), json(inStep));
    await made().link(checkout, context);
    expect(await readdir(join(checkout, ".opencode"))).not.toContain(".npmrc");
  });

  it("follow what a hook makes of package.json at each boot", async () => {
    const { folder, made, context } = await packagesBench();
    const checkout = await checkoutWith(folder, { "package.json": manifest({ [PLUGIN]: "1" }) });
    const packages = made();
    await packages.prepare(checkout, context);
    expect(await readdir(join(checkout, ".opencode"))).toEqual(["package.json"]);
    await writeFile(join(checkout, ".opencode/package.json"), manifest({ zod: "4.1.8" }));
    await packages.link(checkout, context);
    expect(await wouldInstall(checkout)).toBe(false);
    await writeFile(
      join(checkout, ".opencode/package.json"),
      manifest({ "@opencode-ai/sdk": "*" }),
    );
    expect(await made().link(checkout, context)).toMatchObject({ result: "linked" });
    expect(await wouldInstall(checkout)).toBe(false);
  });
});

describe("a repository's packages that the stage has not", () => {
  it("are installed by range, once, without running their scripts, and linked by later boots without a network", async () => {
    const ran = join(await scratchFolder(), "ran");
    const { folder, made, context, registry } = await packagesBench({
      published: [
        ...LEFT_PAD.slice(0, 1),
        { name: "left-pad", version: "1.3.0", scripts: { postinstall: `touch ${ran}` } },
        {
          name: "helper",
          version: "1.0.0",
          dependencies: { "left-pad": "1.2.0" },
          peerDependencies: { [PLUGIN]: "^1.0.0" },
        },
      ],
    });
    const declares = { [PLUGIN]: "1.0.0", "left-pad": "^1.2.0" };
    const checkout = await checkoutWith(folder, {
      "package.json": manifest(declares, { devDependencies: { helper: "latest" } }),
      // It would send a token of the environment to a registry of its choice.
      ".npmrc": `registry=http://127.0.0.1:9/\n//127.0.0.1:9/:_authToken=\${PATH}\nignore-scripts=false\n`,
    });
    const packages = made();
    await packages.prepare(checkout, context);
    expect(await readdir(join(checkout, ".opencode"))).toEqual([".npmrc", "package.json"]);
    expect(await packages.link(checkout, context)).toMatchObject({ result: "linked", missing: [] });
    expect(await statusOf(checkout)).toBe("");
    expect(await wouldInstall(checkout)).toBe(false);
    expect(imported(checkout, "left-pad")).toBe("left-pad@1.3.0");
    expect(imported(checkout, "helper")).toBe("helper@1.0.0");
    expect(imported(checkout, PLUGIN)).toBe(`${PLUGIN}@${PLUGIN_VERSION} of the stage`);
    expect(imported(checkout, "zod")).toBe("zod@4.1.8 of the stage");
    expect(registry.requests).not.toContain(`/${PLUGIN}`);
    expect(registry.authorizations).toEqual([]);
    await expect(lstat(ran)).rejects.toThrow("ENOENT");

    registry.requests.length = 0;
    await rm(join(checkout, ".opencode/node_modules"), { recursive: true });
    await rm(join(folder, "private"), { recursive: true });
    expect(await made().link(checkout, context)).toMatchObject({ result: "linked", missing: [] });
    expect(imported(checkout, "left-pad")).toBe("left-pad@1.3.0");
    expect(registry.requests).toEqual([]);
  });

  it("are installed as the lockfile says, from the configured registry, whatever host it names", async () => {
    const { folder, made, context } = await packagesBench({ published: LEFT_PAD });
    const locked = (version: string) => ({
      version,
      resolved: `http://127.0.0.1:9/left-pad/-/left-pad-${version}.tgz`,
    });
    const declares = { [PLUGIN]: "1.14.37", "left-pad": "^1.0.0" };
    const checkout = await checkoutWith(folder, {
      "package.json": manifest(declares),
      "package-lock.json": json({
        lockfileVersion: 3,
        packages: {
          "": { dependencies: declares },
          "node_modules/left-pad": locked("1.2.0"),
          [`node_modules/${PLUGIN}`]: { version: "1.14.37", dependencies: { zod: "3.0.0" } },
          "node_modules/zod": { version: "3.0.0" },
        },
      }),
    });
    expect(await made().link(checkout, context)).toMatchObject({ result: "linked", missing: [] });
    expect(imported(checkout, "left-pad")).toBe("left-pad@1.2.0");
    expect(imported(checkout, PLUGIN)).toBe(`${PLUGIN}@${PLUGIN_VERSION} of the stage`);
    expect(await statusOf(checkout)).toBe("");
    expect(await wouldInstall(checkout)).toBe(false);
  });

  it("win over the stage's where the repository wants another version; folders of its own are linked", async () => {
    const { folder, made, context } = await packagesBench({
      published: [{ name: "zod", version: "3.25.0" }],
    });
    const checkout = await checkoutWith(folder, {
      "package.json": manifest({ zod: "^3.22.0", mine: "file:./lib", theirs: "file:../../out" }),
      "lib/index.js": "module.exports = 'mine';\n",
      "lib/package.json": json({ name: "mine" }),
    });
    const { missing } = await made().link(checkout, context);
    expect(missing.map(({ name }) => name)).toEqual(["theirs"]);
    expect(imported(checkout, "zod")).toBe("zod@3.25.0");
    expect(imported(checkout, "mine")).toBe("mine");
    await appendFile(join(checkout, ".opencode/lib/index.js"), "module.exports += '!';\n");
    expect(await statusOf(checkout)).toBe(" M .opencode/lib/index.js");
  });

  it("that the registry has not are named, and the others are there", async () => {
    const { folder, made, context } = await packagesBench({ published: LEFT_PAD });
    const declares = {
      "no-such": "^1.0.0",
      "left-pad": "9.9.9",
      ours: "workspace:*",
      zod: "3.0.0",
    };
    const checkout = await checkoutWith(folder, {
      "package.json": manifest(declares, { optionalDependencies: { "left-pad": "^1.0.0" } }),
    });
    const { missing } = await made().link(checkout, context);
    expect(missing.map(({ name }) => name).toSorted()).toEqual(["no-such", "ours", "zod"]);
    expect(imported(checkout, "left-pad")).toBe("left-pad@1.3.0");
    expect(await wouldInstall(checkout)).toBe(false);
    expect(await statusOf(checkout)).toBe("");
  });

  it.each(["black-hole", "dead", "no npm"] as const)(
    "are named when there is nobody to have them from (%s), and the agent's own are there",
    async (how) => {
      const { folder, made, context, registry } = await packagesBench({ timeoutMs: 3_000 });
      registry.behaviour = { id: "black-hole" };
      const env = {
        "black-hole": undefined,
        dead: { PATH: process.env["PATH"] ?? "", npm_config_registry: "http://127.0.0.1:9" },
        "no npm": { PATH: "" },
      }[how];
      const checkout = await checkoutWith(folder, {
        "package.json": manifest({ "left-pad": "1" }),
      });
      const packages = made(env && { env: () => env });
      await packages.prepare(checkout, context);
      const asked = registry.requests.length;
      const { result, missing } = await packages.link(checkout, context);
      expect(result).toBe("linked");
      expect(missing).toMatchObject([{ name: "left-pad", spec: "1" }]);
      // The time was spent once.
      expect(registry.requests.length).toBe(asked);
      expect(imported(checkout, PLUGIN)).toContain("of the stage");
      expect(await wouldInstall(checkout)).toBe(false);
      expect(await readdir(join(folder, "cache"))).toEqual([]);
    },
  );
});

it("npm gets the variables that hold when it is started", async () => {
  const { folder, made, context, registry } = await packagesBench({ published: LEFT_PAD });
  let npmrc = { npm_config_registry: "http://127.0.0.1:9" };
  const packages = made({ env: () => ({ PATH: process.env["PATH"] ?? "", ...npmrc }) });
  // A binding brings them.
  npmrc = { npm_config_registry: registry.url };
  const checkout = await checkoutWith(folder, { "package.json": manifest({ "left-pad": "1" }) });
  await packages.prepare(checkout, context);
  const { missing } = await packages.link(checkout, context);
  expect(missing).toEqual([]);
  expect(registry.requests).toContain("/left-pad");
});

describe("what lies in a workspace does not steer where we write", () => {
  it.each(["a folder outside", "a dangling link", "itself", "a file", "a pipe"] as const)(
    ".opencode that is or leads to %s is left alone",
    async (what) => {
      const { folder, made, context } = await packagesBench();
      const checkout = await checkoutWith(folder, {});
      const path = join(checkout, ".opencode");
      const outside = join(folder, "outside");
      await mkdir(outside);
      await rm(path, { recursive: true });
      const make = {
        "a folder outside": () => symlink(outside, path),
        "a dangling link": () => symlink(join(folder, "nowhere"), path),
        itself: () => symlink(".opencode", path),
        "a file": () => writeFile(path, ""),
        "a pipe": () => execFileSync("mkfifo", [path]),
      }[what];
      await make();
      const { result } = await made().link(checkout, context);
      expect(result).toBe(what === "a dangling link" ? "absent" : "kept");
      expect(await readdir(outside)).toEqual([]);
      expect(await readdir(folder)).not.toContain("nowhere");
    },
  );

  it.each(["package.json", "package-lock.json"])(
    "a %s that is a pipe, a link or too large is not read",
    async (name) => {
      const { folder, made, context } = await packagesBench();
      const checkout = await checkoutWith(folder, {});
      const path = join(checkout, ".opencode", name);
      const outside = join(folder, "outside");
      await writeFile(outside, "{}");
      const place = async (make: () => unknown) => {
        await rm(path, { force: true });
        await make();
        return made().link(checkout, context);
      };
      const kept = (why: string) => ({
        result: "kept",
        agentInstalls: true,
        reason: `${name} ${why}`,
      });
      const pipe = await place(() => execFileSync("mkfifo", [path]));
      expect(pipe).toMatchObject(kept("is not a regular file"));
      expect(await place(() => symlink(outside, path))).toMatchObject(kept("is a symbolic link"));
      const large = await place(() => writeFile(path, " ".repeat(5 * 1024 * 1024)));
      expect(large).toMatchObject({ result: "kept", agentInstalls: true });
      expect(await readdir(join(checkout, ".opencode"))).not.toContain("node_modules");
    },
  );

  it("a planted node_modules with links in it leads nobody outside", async () => {
    const { folder, made, context } = await packagesBench();
    const outside = join(folder, "outside");
    await mkdir(outside);
    const checkout = await checkoutWith(folder, {
      "package.json": manifest({ zod: "4.1.8" }),
      "node_modules/.sandboot": "",
    });
    const modules = join(checkout, ".opencode/node_modules");
    await symlink(outside, join(modules, "@opencode-ai"));
    await symlink(outside, join(modules, "zod"));
    await symlink(join(outside, "lock"), join(checkout, ".opencode/.package-lock.json.sandboot"));
    await made().link(checkout, context);
    expect(await readdir(outside)).toEqual([]);
    expect(imported(checkout, "zod")).toBe("zod@4.1.8 of the stage");
  });

  it("names that are no package's make no path", async () => {
    const { folder, made, context } = await packagesBench();
    const odd = ["../../evil", "a/b/c", "@x/../../y", ".hidden", "node_modules", "__proto__", ""];
    const checkout = await checkoutWith(folder, {
      "package.json": `{"dependencies":{${odd.map((name) => `${json(name)}:"1"`).join(",")}}}`,
    });
    const { missing } = await made().link(checkout, context);
    expect(missing.length).toBeGreaterThanOrEqual(odd.length - 1);
    expect(await wouldInstall(checkout)).toBe(false);
    expect(await readdir(folder)).not.toContain("evil");
    expect(await statusOf(checkout)).toBe("");
  });

  it("a link to another folder of the checkout is followed, and hidden where it leads", async () => {
    const { folder, made, context } = await packagesBench();
    const checkout = await checkoutWith(folder, IMPORTS_PLUGIN);
    await mkdir(join(checkout, "config"));
    await rename(join(checkout, ".opencode"), join(checkout, "config/agent"));
    await symlink("config/agent", join(checkout, ".opencode"));
    await git(checkout, "add", "--all");
    await git(checkout, "commit", "--quiet", "-m", "moved");
    expect(await made().link(checkout, context)).toMatchObject({ result: "linked" });
    expect(imported(checkout, PLUGIN)).toContain("of the stage");
    expect(await statusOf(checkout)).toBe("");
  });
});

describe("packages of the stage that nothing needs at once", () => {
  const namesIn = async (checkout: string) =>
    (await readdir(join(checkout, ".opencode/node_modules"))).filter(
      (name) => !name.startsWith("."),
    );

  it("come after the session, with what has been copied before", async () => {
    const { folder, made, context, inSpareTime } = await packagesBench();
    const checkout = await checkoutWith(folder, IMPORTS_PLUGIN);
    const packages = made();
    await packages.link(checkout, context);
    expect(await namesIn(checkout)).toEqual(["@opencode-ai", "zod"]);
    expect(() => imported(checkout, "effect")).toThrow("Cannot find");

    expect(await packages.complete(context, inSpareTime)).toBe(1);
    expect(await namesIn(checkout)).toEqual(["@opencode-ai", "effect", "zod"]);
    expect(imported(checkout, "effect")).toBe("effect@4.0.0 of the stage");
    expect(imported(checkout, "zod")).toBe("zod@4.1.8 of the stage");
    expect(await statusOf(checkout)).toBe("");

    const next = made();
    expect(await next.link(checkout, context)).toMatchObject({ result: "present" });
    expect(await next.complete(context, inSpareTime)).toBe(0);
    // What the session began with is gone.
    expect((await readdir(join(folder, "private"))).length).toBe(1);
  });

  it("are all of them where no source imports one", async () => {
    const { folder, made, context, inSpareTime } = await packagesBench();
    const checkout = await checkoutWith(folder, { "tool/own.ts": "export default {};\n" });
    const packages = made();
    await packages.prepare(checkout, context);
    expect(await packages.link(checkout, context)).toMatchObject({ result: "linked" });
    expect(await namesIn(checkout)).toEqual([]);
    expect(await readdir(folder)).not.toContain("private");
    expect(await wouldInstall(checkout)).toBe(false);
    expect(await statusOf(checkout)).toBe("");

    expect(await packages.complete(context, inSpareTime)).toBe(1);
    expect(await namesIn(checkout)).toEqual(["@opencode-ai", "effect", "zod"]);
    expect(await statusOf(checkout)).toBe("");
  });

  it.each<[string, Record<string, string>]>([
    ["a source mentions one", { "lib/deep/x.ts": "import { Effect } from 'effect/Effect';\n" }],
    ["package.json names one", { "package.json": manifest({ effect: "4.0.0" }) }],
    ["another part of the agent's package is used", { "tool/x.ts": `import "${PLUGIN}/tui";\n` }],
    ["there is too much to look through", { "lib/large.js": " ".repeat(2 * 1024 * 1024) }],
  ])("come at once when %s", async (_, files) => {
    const { folder, made, context } = await packagesBench();
    const checkout = await checkoutWith(folder, files);
    await made().link(checkout, context);
    expect(imported(checkout, "effect")).toBe("effect@4.0.0 of the stage");
  });

  it("come at once where nobody waits, as in an image build", async () => {
    const { folder, made, context, inSpareTime } = await packagesBench();
    const checkout = await checkoutWith(folder, {});
    await made({ wholeAtOnce: true }).prepare(checkout, context);
    const boot = made();
    await boot.link(checkout, context);
    expect(imported(checkout, "effect")).toBe("effect@4.0.0 of the stage");
    expect(await boot.complete(context, inSpareTime)).toBe(0);
  });
});

describe("what is written through the links", () => {
  it("reaches neither the stage nor the cache, nor another sandbox", async () => {
    const folder = await scratchFolder();
    const one = await packagesBench({ folder, published: LEFT_PAD });
    const checkout = await checkoutWith(folder, { "package.json": manifest({ "left-pad": "1" }) });
    const before = [await filesOf(one.staged)];
    await one.made().link(checkout, one.context);
    before.push(await filesOf(one.cache));
    const modules = join(checkout, ".opencode/node_modules");
    await mkdir(join(modules, "evil"));
    for (const name of ["zod", PLUGIN, "left-pad"]) {
      const file = join(modules, name, "index.js");
      await chmod(file, 0o644);
      await writeFile(file, "module.exports = 'evil';\n");
      await mkdir(join(modules, name, "evil"));
    }
    await writeFile(join(checkout, ".opencode/package-lock.json"), "evil");
    expect([await filesOf(one.staged), await filesOf(one.cache)]).toEqual(before);

    const other = { privateDir: join(folder, "private of another") };
    const fresh = await checkoutWith(
      folder,
      { "package.json": manifest({ "left-pad": "1" }) },
      "b",
    );
    await one.made(other).link(fresh, one.context);
    expect(imported(fresh, "left-pad")).toBe("left-pad@1.3.0");
    expect(imported(fresh, "zod")).toBe("zod@4.1.8 of the stage");
  });

  it("stays at the next boot, which copies nothing again", async () => {
    const { folder, made, context } = await packagesBench();
    const checkout = await checkoutWith(folder, { "package.json": manifest({ zod: "4.1.8" }) });
    await made().link(checkout, context);
    const zod = join(checkout, ".opencode/node_modules/zod");
    const { ino } = await stat(zod);
    await writeFile(join(zod, "patched.js"), "");
    await made().link(checkout, context);
    expect((await stat(zod)).ino).toBe(ino);
    expect(await readdir(zod)).toContain("patched.js");
  });

  it("and deleted there comes back at the next boot", async () => {
    const { folder, made, context } = await packagesBench();
    const checkout = await checkoutWith(folder, { "package.json": manifest({ zod: "4.1.8" }) });
    await made().link(checkout, context);
    await rm(await realpath(join(checkout, ".opencode/node_modules/zod")), { recursive: true });
    await rm(join(checkout, ".opencode/node_modules"), { recursive: true });
    await made().link(checkout, context);
    expect(imported(checkout, "zod")).toBe("zod@4.1.8 of the stage");
  });
});

describe("a node_modules that is there already", () => {
  it("is the repository's; only what OpenCode would look for in vain is added", async () => {
    const { folder, made, context } = await packagesBench();
    const checkout = await checkoutWith(folder, {
      "package.json": manifest({ zod: "^3" }),
      "node_modules/zod/index.js": "module.exports = 'own';\n",
      "node_modules/zod/package.json": json({ name: "zod", version: "3.9.9" }),
    });
    await made().link(checkout, context);
    expect(imported(checkout, "zod")).toBe("own");
    expect(imported(checkout, PLUGIN)).toContain("of the stage");
    expect(await wouldInstall(checkout)).toBe(false);
    expect(await statusOf(checkout)).toBe("");
    // git still shows what somebody adds to a folder that is tracked.
    await writeFiles(checkout, { ".opencode/node_modules/zod/new.js": "" });
    expect(await statusOf(checkout)).toBe("?? .opencode/node_modules/zod/new.js");
  });
});

async function filesOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).toSorted();
  const texts = names.map(async (name) => {
    const path = join(folder, name);
    return (await lstat(path)).isFile() ? `${name}: ${await readFile(path, "utf8")}` : name;
  });
  return Promise.all(texts);
}
