import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  completePackages,
  isInstalled,
  missingOptionalPackages,
  platformOf,
} from "../../scripts/lib/lockfile.mjs";

const root = join(import.meta.dirname, "../..");
const lockfiles = globSync(["package-lock.json", "examples/*/package-lock.json"], { cwd: root });

describe.each(lockfiles)("%s", (lockfile) => {
  const text = readFileSync(join(root, lockfile), "utf8");

  it("names every platform's packages; else run node scripts/complete-lock.mjs", () => {
    expect(missingOptionalPackages(JSON.parse(text).packages)).toEqual([]);
  });

  it("holds no registry's address", () => {
    expect(text).not.toMatch(/"resolved": "https?:/);
  });
});

describe("completePackages", () => {
  const packages = {
    "": {},
    "node_modules/a": {
      version: "1.0.0",
      optionalDependencies: { "@x/b-linux-x64-musl": "2.0.0" },
    },
    "node_modules/c/node_modules/a": {
      version: "0.9.0",
      optionalDependencies: { "@x/b-linux-x64-musl": "1.9.0", "d-darwin-arm64": "3.0.0" },
    },
    "node_modules/d-darwin-arm64": { version: "3.0.0" },
  };

  it("adds what is missing beside what wants it, each version apart", () => {
    const whole = completePackages(packages);
    const binary = { cpu: ["x64"], dev: true, libc: ["musl"], optional: true, os: ["linux"] };
    expect(whole).toEqual({
      ...packages,
      "node_modules/@x/b-linux-x64-musl": { version: "2.0.0", ...binary },
      "node_modules/c/node_modules/@x/b-linux-x64-musl": { version: "1.9.0", ...binary },
    });
  });

  it("leaves a whole lock as it is", () => {
    const whole = completePackages(packages);
    expect(completePackages(whole)).toEqual(whole);
  });
});

describe("isInstalled", () => {
  const wanted = {
    "": { version: "1.0.0" },
    "packages/own": { version: "1.0.0" },
    "node_modules/own": { link: true },
    "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
    "node_modules/a-darwin-arm64": { version: "1.0.0", optional: true },
  };
  const { "": _root, "node_modules/a-darwin-arm64": _other, ...installed } = wanted;

  it("is, when only other platforms' packages are absent", () => {
    expect(isInstalled(wanted, installed)).toBe(true);
  });

  it.each([
    ["a package is absent", {}],
    ["a package has another version", { version: "1.0.1", integrity: "sha512-a" }],
    ["a package has other content", { version: "1.0.0", integrity: "sha512-b" }],
  ])(
    "is not, when %s",
    (_what, { version, integrity }: { version?: string; integrity?: string }) => {
      const a = version && integrity ? { "node_modules/a": { version, integrity } } : {};
      const { "node_modules/a": _a, ...rest } = installed;
      expect(isInstalled(wanted, { ...rest, ...a })).toBe(false);
    },
  );
});

describe("platformOf", () => {
  it.each([
    ["@turbo/windows-64", { os: ["win32"], cpu: ["x64"] }],
    ["@oxc-parser/binding-linux-arm-gnueabihf", { os: ["linux"], cpu: ["arm"], libc: ["glibc"] }],
    ["lefthook-android-arm64", { os: ["android"], cpu: ["arm64"] }],
  ])("%s", (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });

  it("refuses a name that does not say", () => {
    expect(() => platformOf("left-pad")).toThrow("left-pad does not say");
  });
});
