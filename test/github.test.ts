import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(read("package.json"));

/** A YAML file without mistakes and without a key that is there twice. */
function parseYaml(path: string) {
  const document = parseDocument(read(path), { prettyErrors: true, uniqueKeys: true });
  const mistakes = [...document.errors, ...document.warnings].map(({ message }) => message);
  expect(mistakes, path).toEqual([]);
  return document.toJS();
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly "runs-on": string;
  readonly needs?: string | readonly string[];
  readonly container?: string | { readonly image: string };
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly name: string;
  readonly on: object;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflowFiles = globSync(".github/workflows/*", { cwd: root });
const workflow = (name: string): Workflow => parseYaml(`.github/workflows/${name}`);

/** npm's scripts and Node's files that a command line names and the repository does not have. */
function unknownCommands(script: string): string[] {
  const npmScripts = [...script.matchAll(/\bnpm (?:run )?([a-z:-]+)/g)]
    .filter(([whole, name = ""]) => whole.startsWith("npm run") || name === "test")
    .map(([, name = ""]) => name);
  const files = [...script.matchAll(/\bnode ([\w./-]+\.m?js)\b/g)].map(([, path = ""]) => path);
  return [
    ...npmScripts.filter((name) => manifest.scripts[name] === undefined),
    ...files.filter((path) => !existsSync(join(root, path))),
  ];
}

describe.each(workflowFiles)("%s", (path) => {
  const { name, on, permissions, jobs }: Workflow = parseYaml(path);
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it("has a name, a cause, and jobs on a machine that wait only for each other", () => {
    expect([name, on, permissions].map(Boolean)).toEqual([true, true, true]);
    for (const [id, job] of Object.entries(jobs)) {
      expect(job["runs-on"], id).toMatch(/^ubuntu-\d+\.\d+$/);
      for (const needed of [job.needs ?? []].flat())
        expect(Object.keys(jobs), id).toContain(needed);
    }
    for (const step of steps) {
      expect([step.uses, step.run].filter((what) => what !== undefined)).toHaveLength(1);
    }
  });

  it("may read the repository and nothing more, unless a job says so", () => {
    expect(permissions).toEqual({ contents: "read" });
  });

  it("names each action by its commit, with the version for people", () => {
    const uses = read(path)
      .split("\n")
      .filter((line) => /\buses:/.test(line));
    const pinned = /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
    expect(uses.filter((line) => !pinned.test(line))).toEqual([]);
    expect(uses.length).toBeGreaterThan(0);
  });

  it("runs only scripts that exist, in a shell that can read them", () => {
    const scripts = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    for (const script of scripts) {
      expect(unknownCommands(script), script).toEqual([]);
      const plain = script.replace(/\$\{\{[^}]*\}\}/g, "expression");
      const { stderr } = spawnSync("bash", ["-n"], { input: plain, encoding: "utf8" });
      expect(stderr, script).toBe("");
    }
  });
});

describe("CI", () => {
  it("runs the published programs on the oldest Node that is allowed and on ours", () => {
    const { test: job } = workflow("ci.yml").jobs;
    const versions = job?.strategy?.matrix.node ?? [];
    const { engines } = JSON.parse(read("packages/runtime/package.json"));
    expect(versions).toContain(engines.node.replace(">=", ""));
    const [ours = ""] = /\d+/.exec(manifest.devDependencies.node) ?? [];
    expect(versions).toContain(ours);
    expect(job?.steps.map(({ run }) => run)).toContain("npm test");
  });
});

describe("a release", () => {
  it("is what was tested: nothing is published before that", () => {
    const { jobs } = workflow("release.yml");
    const waitsFor = (id: string): string[] =>
      [jobs[id]?.needs ?? []].flat().flatMap((needed) => [needed, ...waitsFor(needed)]);
    const publishing = Object.entries(jobs).filter(([, { steps }]) =>
      steps.some(({ run = "" }) => /npm publish|gh release/.test(run)),
    );
    expect(publishing.length).toBeGreaterThan(1);
    for (const [id] of publishing) expect(waitsFor(id)).toContain("pack");
    const packing = jobs["pack"]?.steps.map(({ run = "" }) => run) ?? [];
    expect(packing.indexOf("npm test")).toBeGreaterThan(-1);
    expect(packing.indexOf("npm run release:pack")).toBeGreaterThan(packing.indexOf("npm test"));
  });
});

describe("the issue forms", () => {
  const forms = globSync(".github/ISSUE_TEMPLATE/*.yml", { cwd: root }).filter(
    (path) => !path.endsWith("/config.yml"),
  );

  it.each(forms)("%s asks for something, each thing once", (path) => {
    const { name, description, body } = parseYaml(path);
    expect([name, description].every((text) => text.length > 0)).toBe(true);
    const fields: { type: string; id: string; attributes: { label: string } }[] = body.filter(
      ({ type }: { type: string }) => type !== "markdown",
    );
    for (const { type, attributes } of fields) {
      expect(["input", "textarea", "dropdown", "checkboxes"]).toContain(type);
      expect(attributes.label).not.toBe("");
    }
    const ids = fields.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(body.some((field: { validations?: object }) => field.validations)).toBe(true);
  });

  it("send a vulnerability elsewhere", () => {
    const { contact_links: links } = parseYaml(".github/ISSUE_TEMPLATE/config.yml");
    expect(read("SECURITY.md")).toContain(`<${links[0].url}>`);
  });
});

describe("dependabot", () => {
  it("looks where there is something to look at", () => {
    const { version, updates } = parseYaml(".github/dependabot.yml");
    expect(version).toBe(2);
    const files = {
      npm: "package.json",
      docker: "Dockerfile",
      "github-actions": ".github/workflows",
    };
    for (const update of updates) {
      const file = files[update["package-ecosystem"] as keyof typeof files];
      for (const folder of [update.directories ?? update.directory].flat()) {
        expect(existsSync(join(root, folder, file)), `${folder}/${file}`).toBe(true);
      }
    }
  });
});
