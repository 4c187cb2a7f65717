import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const dockerfile = read("deploy/Dockerfile");
const sandboot = join(root, "packages/runtime/dist/cli.js");

/** What `npm run image` builds and boots for real, in so far as it can be seen without. */
describe("deploy/", () => {
  it("has the agent in the version that stage and tests have", () => {
    const inImage = /^ARG OPENCODE_VERSION=(\S+)$/m.exec(dockerfile)?.[1];
    const plan = JSON.parse(read("examples/quickstart/stage.plan.json"));
    const tested = JSON.parse(read("packages/runtime/package.json")).devDependencies;
    expect(inImage).toBe(plan.agentVersion);
    expect(inImage).toBe(tested["opencode-linux-x64"]);
  });

  it("copies only what .dockerignore lets in", () => {
    const allowed = read(".dockerignore")
      .split("\n")
      .flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
    const both = dockerfile + read("examples/open-inspect/Dockerfile");
    const copied = [...both.matchAll(/^COPY (?!--from)(\S+) /gm)].map(([, path = ""]) => path);
    const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
    const letIn = copied.map((path) => allowed.find((folder) => isIn(path, folder)) ?? path);
    expect([...new Set(letIn)].toSorted()).toEqual(allowed.toSorted());
  });

  it("is configured so that it does not boot without a token", { timeout: 30_000 }, () => {
    const check = ["config", "check", "--config", join(root, "deploy/sandboot.jsonc")];
    const env = { PATH: process.env["PATH"] };
    const without = spawnSync(sandboot, check, { env, encoding: "utf8" });
    expect(without.status).toBe(2);
    expect(without.stderr).toContain("bridge.token");
    const token = { ...env, SANDBOX_AUTH_TOKEN: "for-this-test" };
    const shown = execFileSync(sandboot, check, { env: token, encoding: "utf8" });
    expect(JSON.parse(shown)).toMatchObject({ stateDir: "/var/lib/sandboot", warnings: [] });
  });
});
